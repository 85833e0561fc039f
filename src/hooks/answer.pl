# Stands ready for the post-receive hook of a push that was announced, so that nobody waits for Perl to start. The hook
# writes its process id into the pipe `call` of the deployment's folder and waits at the pipe `end`; this does its work in
# its place, with its input and output.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND, $HOOK);
$HOOK = 'answer';
require "$HOME/src/hooks/hook.pl";
require "$HOME/src/hooks/post-receive.pl";

our ($calls, $end);
# The last word, however this ends.
END { syswrite $end, "$?\n" if defined $end }

sub answer {
    my ($root, $name, $mark) = @_;
    ($ROOT, $NAME, $KIND) = ($root, $name, 'project');
    my ($git) = $mark =~ /\.(\d+)$/;
    open($calls, '+<', "$mark/call") && open(my $answers, '+<', "$mark/end") or exit 0;
    my $call = '';
    while ($call eq '') {
        my $readable = '';
        vec($readable, fileno $calls, 1) = 1;
        if (select $readable, undef, undef, 0.05) { sysread $calls, $call, 100 }
        # Git is gone, or the announcement was taken back: nobody will call.
        elsif (!kill(0, $git) || !-d $mark) { exit 0 }
    }
    my ($hook) = $call =~ /^(\d+)$/ or exit 0;
    # What cannot be opened once more (a socket) is left to the hook itself.
    open(STDIN, '<', "/proc/$hook/fd/6") && open(STDOUT, '>>', "/proc/$hook/fd/7") && open(STDERR, '>&', *STDOUT) or exit 0;
    %ENV = map { split /=/, $_, 2 } split /\0/, slurp("/proc/$hook/environ") // '';
    $end = $answers;
    syswrite $end, "begun\n";
    begin($git);
    post_receive();
}

1;
