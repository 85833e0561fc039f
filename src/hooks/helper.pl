# A small process at hand of a runner: it takes locks by flock(2), starts commands and answers hooks. A line on standard input is a
# request, its words escaped; each is answered by a line. At the end of its input, that is when the runner is dead, it
# ends, and the kernel lets go of the lock.
BEGIN { $^H |= 0x602 } # use strict, without its module
umask 022;
$| = 1;
my $held;
# Where it waits for pushes, it has read beforehand what they need.
if ($0 =~ m{^(.*)/src/hooks/helper\.pl$}) { our $HOME = $1; require "$HOME/src/hooks/answer.pl" }
while (my $line = <STDIN>) {
    chomp $line;
    my ($verb, @words) = map { s/%([0-9a-f]{2})/chr hex $1/ge; $_ } split / /, $line, -1;
    # Those that answer hooks end whenever they do.
    1 while waitpid(-1, 1) > 0;
    if ($verb eq 'run') { print run(@words), "\n"; next }
    if ($verb eq 'answer') { print stand_ready(@words), "\n"; next }
    close $held if $held;
    undef $held;
    if ($verb eq 'free') { print "0\n"; next }
    if (open($held, '>>', $words[0]) && flock($held, 2 | 4)) { print "0\n"; next }
    undef $held;
    print "1\n";
}

# A process that answers the post-receive of one push. It holds neither the lock nor the pipes of the runner.
sub stand_ready {
    our $HOME = shift;
    require "$HOME/src/hooks/answer.pl";
    my $pid = fork;
    return defined $pid ? 0 : 1 if !defined $pid || $pid;
    close $held if $held;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    answer(@_);
    exit 0;
}

# A command whose output nobody wants; its status, as a shell would say it.
sub run {
    my ($folder, $variables, @words) = @_;
    my $pid = fork;
    return 127 unless defined $pid;
    if ($pid) {
        waitpid $pid, 0;
        return $? & 127 ? 128 + ($? & 127) : $? >> 8;
    }
    %ENV = map { split /=/, $_, 2 } splice @words, 0, $variables;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    chdir $folder and exec { $words[0] } @words;
    exit 127;
}

1;
