# Starts a runner where no agent has one ready.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME);
our ($project, $launcher, $calls, $end);

# A cold runner, no child of the connection's: another session, no pipe of the hook's, nothing of git's environment.
sub cold_runner {
    my (@more) = @_;
    my $child = fork;
    return if $child || !defined $child;
    # Who answers a hook has its pipes and its last word: they are not the runner's.
    close $_ for grep { defined } $calls, $end;
    undef $end;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$project/deployments/runner.log";
    open STDERR, '>&', \*STDOUT;
    delete @ENV{ grep { /^GIT_/ && $_ !~ /^GIT_(SSH_COMMAND|SSL_CAINFO|CONFIG_NOSYSTEM)$/ } keys %ENV };
    delete @ENV{qw(CORPUS_VERDICT NODE_EXTRA_CA_CERTS NODE_OPTIONS NODE_PATH SSH_ORIGINAL_COMMAND)};
    chdir '/';
    my $session = { 0x3e => 112, 0xb7 => 157 }->{ machine() };
    my ($node, $program) = ("$HOME/node_modules/.bin/node", "$HOME/dist/main.cjs");
    if (defined $session && syscall($session) >= 0 && -x $node && -f $program) {
        exec { $node } $node, $program, 'runner', $NAME, "--root=$ROOT", leave_helper(), @more;
    }
    # Where these are not known, other programs know them.
    exec 'setsid', $launcher, 'runner', $NAME, "--root=$ROOT", @more;
    exit 127;
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
