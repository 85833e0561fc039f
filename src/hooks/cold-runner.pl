# Starts a runner where no agent has one ready.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME);
our ($project, $launcher, $calls, $end);

# A cold runner, no child of the connection's: another session, no pipe of the hook's, nothing of the pusher's environment.
sub cold_runner {
    my (@more) = @_;
    my $child = fork;
    return if $child || !defined $child;
    # Who answers a hook has its pipes and its last word: they are not the runner's.
    close $_ for grep { defined } $calls, $end;
    undef $end;
    open STDIN, '<', '/dev/null';
    # To append, made where it is not there.
    sysopen STDOUT, "$project/deployments/runner.log", 02101, 0640;
    open STDERR, '>&', \*STDOUT;
    # What stands in it beside this is the pusher's: settings of Node and of whatever the runner starts.
    delete @ENV{ grep { !/^(CORPUS_\w+|PATH|HOME|USER|XDG_RUNTIME_DIR|GIT_CONFIG_NOSYSTEM)$/ } keys %ENV };
    delete $ENV{CORPUS_VERDICT};
    declared_on_machine();
    chdir '/';
    my $session = { 0x3e => 112, 0xb7 => 157 }->{ machine() };
    my ($node, $program) = ("$HOME/node_modules/.bin/node", "$HOME/dist/main.cjs");
    if (defined $session && syscall($session) >= 0 && -x $node && -f $program) {
        exec { $node } $node, $program, 'runner', $NAME, "--root=$ROOT", leave_helper(), @more;
    }
    # Where these are not known, other programs know them.
    exec '/usr/bin/setsid', $launcher, 'runner', $NAME, "--root=$ROOT", @more;
    exit 127;
}

# What the machine declares for everything, where nobody but us could write it. The runner reads it again; Node itself looks
# at some of it when it starts.
sub declared_on_machine {
    my $file = "$ROOT/corpus/environment";
    open my $in, '<', $file or return;
    my ($mode, $owner) = (stat $in)[2, 4];
    return if $owner != $< || $mode & 022;
    while (<$in>) { $ENV{$1} = $3 if /^([A-Za-z_]\w*)=(["']?)(.*)\2$/ }
}

# Forks the helper that the runner would start: this is small, and forks fast. Node hands the pipes to no child of its own.
sub leave_helper {
    local $^F = 100;
    pipe(my $requests, my $to_helper) && pipe(my $answers, my $from_helper) or return ();
    my $pid = fork;
    return () unless defined $pid;
    if ($pid) {
        close $requests;
        close $from_helper;
        # Perl closes what nobody names any more.
        our @left = ($answers, $to_helper);
        return '--helper=' . fileno($answers) . ',' . fileno($to_helper);
    }
    close $to_helper;
    close $answers;
    open STDIN, '<&', $requests;
    open STDOUT, '>&', $from_helper;
    close $requests;
    close $from_helper;
    $^F = 2;
    require "$HOME/src/hooks/helper.pl";
    exit 0;
}

1;
