# What not every push needs, read only where one does: the small process at hand of a runner, which also answers hooks; a
# runner where no agent has one; a look at what was pushed; and the rights of a key.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND, $HOOK);
our ($project, $launcher);
our ($calls, $end, $held, %held_too);

# As a program it waits for pushes, and reads beforehand what they need.
unless (caller) {
    $HOOK = 'answer';
    ($HOME) = $0 =~ m{^(.*)/src/hooks/helper\.pl$} or die "helper.pl is called by its whole name\n";
    require "$HOME/src/hooks/hook.pl";
    require "$HOME/src/hooks/post-receive.pl";
    serve();
    exit 0;
}

# --- the process at hand of a runner

# It takes locks by flock(2), starts commands and answers hooks. A line on standard input is a request, its words escaped;
# each is answered by a line. At the end of its input, that is when the runner is dead, it ends, and the kernel lets go of
# the lock.
sub serve {
    umask 022;
    $| = 1;
    while (my $line = <STDIN>) {
        chomp $line;
        my ($verb, @words) = map { s/%([0-9a-f]{2})/chr hex $1/ge; $_ } split / /, $line, -1;
        # Those that answer hooks end whenever they do.
        1 while waitpid(-1, 1) > 0;
        if ($verb eq 'run') { print run(@words), "\n"; next }
        if ($verb eq 'answer') { print stand_ready(@words), "\n"; next }
        if ($verb eq 'hold') { print hold(@words), "\n"; next }
        if ($verb eq 'listening') { print listening(@words), "\n"; next }
        if ($verb eq 'drop') { delete $held_too{$words[0]}; print "0\n"; next }
        close $held if $held;
        undef $held;
        if ($verb eq 'free') { print "0\n"; next }
        if (open($held, '>>', $words[0]) && flock($held, 2 | 4)) { print "0\n"; next }
        undef $held;
        print "1\n";
    }
}

# A further lock, beside that of the project: until it is dropped by the name that it was asked for with.
sub hold {
    my ($name, $path) = @_;
    open my $file, '>>', $path or return 1;
    flock $file, 2 | 4 or return 1;
    $held_too{$name} = $file;
    return 0;
}

# Whose sockets take what comes to 127.0.0.1 at a port: user ids, or `unknown`. The kernel looks among those that listen alone (sock_diag,
# linux/inet_diag.h), where /proc/net/tcp has it look among all that could be connected, for 4 ms.
sub listening {
    my ($port) = @_;
    my %users;
    for my $family (2, 10) {
        my ($answer, $ended) = ('', 0);
        socket my $kernel, 16, 2, 4 or return 'unknown';
        # TCP, state LISTEN, any address.
        my $question = pack 'C4 L x48', $family, 6, 0, 0, 1 << 10;
        # A dump of SOCK_DIAG_BY_FAMILY.
        (syswrite($kernel, pack('L S S L L', 16 + length $question, 20, 0x301, 1, 0) . $question) // 0) > 0 or return 'unknown';
        until ($ended) {
            (sysread($kernel, $answer, 65536) // 0) > 0 or return 'unknown';
            for (my $at = 0; $at + 16 <= length $answer;) {
                my ($length, $type, $flags) = unpack 'L S S', substr $answer, $at, 8;
                # An error, or one that was changed while it was told.
                return 'unknown' if $type == 2 || $flags & 0x10 || $length < 16 || ($type == 20 && $length < 88);
                if ($type == 3) { $ended = 1; last }
                $users{unpack 'x80 L', substr $answer, $at, $length} = 1
                    if $type == 20 && unpack('x20 n', substr $answer, $at, $length) == $port && takes_loopback($family, substr $answer, $at + 24, 16);
                $at += ($length + 3) & ~3;
            }
        }
    }
    my $told = join ' ', keys %users;
    # An answer is read in one piece.
    return $told eq '' ? 'nobody' : length $told < 60 ? $told : 'unknown';
}

sub takes_loopback {
    my ($family, $address) = @_;
    my $four = $family == 2 ? substr($address, 0, 4) : $address =~ /^\0{8}(?:\0{4}|\0\0\xff\xff)(.{4})$/s ? $1 : return 0;
    return $four eq "\0\0\0\0" || $four eq "\x7f\0\0\1";
}

# A process that answers the post-receive of one push. It holds neither locks nor the pipes of the runner.
sub stand_ready {
    $HOME = shift;
    require "$HOME/src/hooks/post-receive.pl";
    my $pid = fork;
    return defined $pid ? 0 : 1 if !defined $pid || $pid;
    close $held if $held;
    %held_too = ();
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

# --- answering the post-receive hook of a push that was announced, so that nobody waits for Perl to start

# The last word, however this ends.
END { syswrite $end, "$?\n" if defined $end }

sub answer {
    my ($root, $name, $mark) = @_;
    ($ROOT, $NAME, $KIND, $HOOK) = ($root, $name, 'project', 'answer');
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

# --- a runner, where no agent has one ready

# A runner, no child of the connection's: another session, no pipe of the hook's, nothing of the pusher's environment.
sub become_runner {
    my (@more) = @_;
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
    my $session = call_number('setsid');
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
    serve();
    exit 0;
}

# --- what was pushed

# Where no warm agent has done it: looks at what was pushed, that is at state files, the Procfile, and how it runs.
# Known is what was checked before: the ids of the state files and of the Procfile, and the name of the file that told how it runs.
sub check_pushed {
    my ($commit, $known) = @_;
    return if $commit !~ /^[0-9a-f]+$/;
    check($commit) if $KIND eq 'pillar' || !is_checked($commit, $known);
}

sub is_checked {
    my ($commit, $known) = @_;
    my ($salt, $procfile, $witness, $path) = split / /, $known;
    return 0 if !defined $witness;
    # The Procfile and what tells stand in the folder that is deployed, the state files at the top.
    my $below = defined $path ? "$path/" : '';
    my %top;
    my $in = reader('git', 'ls-tree', '-z', $commit, $below eq '' ? () : ('--', '.salt', $below)) or return 0;
    local $/ = "\0";
    while (my $line = <$in>) { $top{$2} = $1 if $line =~ /^\d+ \w+ ([0-9a-f]+)\t(.*)\0$/s }
    return ($top{'.salt'} // 'none') eq $salt && ($top{"${below}Procfile"} // 'none') eq $procfile
        && ($witness eq '-' ? scalar grep { index($_, $below) == 0 } keys %top : exists $top{"$below$witness"});
}

# Renders what was pushed, inside git's quarantine. The program says itself what is wrong.
sub check {
    my ($commit) = @_;
    my $status = system { $launcher } $launcher, 'hook-check', $NAME, $KIND, $commit, "--root=$ROOT";
    return if $status == 0;
    refuse("corpus could not be started from $launcher.", 'Run `corpus doctor` on the server.') if $status == -1;
    exit 1;
}

# --- what may be pushed with a key that was added without --pillar

# No pillar, and no state files (.salt) but such as were accepted before, since whoever writes them acts as the account that
# runs corpus. Pushes without such a key never come here.
sub check_rights {
    refuse(who() . ' does not push pillars.', 'Have it pushed with ' . what_may() . '.') if $KIND ne 'project';
    # Many refs may name one commit: it is looked at once.
    my %accepted;
    for (@_) {
        my ($old, $new, $ref) = @$_;
        # Nothing that is not a branch is ever deployed.
        next if $new =~ /^0+$/ || $ref !~ m{^refs/heads/};
        next if $old !~ /^0+$/ && has_same_states($old, $new);
        my $is_deployed = deploys($ref) ? 1 : 0;
        next if $accepted{"$new $is_deployed"} //= is_accepted($new, $is_deployed) ? 1 : 0;
        my $as = $< == 0 ? 'root' : (getpwuid $<)[0] // "uid $<";
        refuse(who() . ' does not change state files: .salt in ' . shown_name(branch($ref)) . " has links to other files of the project, so that any of them may run as $as.",
            'Have this pushed with ' . what_may() . '; without those links, all but .salt can be pushed as it is.')
            if leads_out($new, listed($new, '-r', '.salt'));
        refuse(who() . ' does not change state files: .salt in ' . shown_name(branch($ref)) . " is none that was deployed here, and it runs as $as.",
            'Leave .salt as it is deployed, or have this pushed with ' . what_may() . '.');
    }
}

# Over ssh a key, by HTTP a user.
sub who { return (is_user() ? '' : 'The key ') . shown_name($ENV{CORPUS_BY} // '') }
sub what_may { return is_user() ? 'the right push-pillar' : 'a key that was added with --pillar' }
sub is_user { return defined $ENV{CORPUS_BY_USER} }

# The quick question, which nearly every push ends with.
sub has_same_states {
    my ($old, $new) = @_;
    # The two work beside each other.
    my $files = reader('git', 'ls-tree', '-r', '-z', '--full-tree', $new, '--', '.salt') or return 0;
    my $in = reader('git', 'diff-tree', '-z', '--no-renames', '--ignore-submodules=none', $old, $new, '--', '.salt', '.gitmodules') or return 0;
    my $differs = do { local $/; <$in> } // '';
    my @files = do { local $/ = "\0"; map { chomp; $_ } <$files> };
    return close($in) && close($files) && $differs eq '' && !leads_out($new, '', @files);
}

# Whether links in .salt lead out of it: root then runs what else the commit has, too.
sub leads_out {
    my ($commit, undef, @files) = @_;
    for (@files) {
        my ($id) = /^120000 blob ([0-9a-f]+)\t/ or next;
        my $in = reader('git', 'cat-file', 'blob', $id) or return 1;
        my $target = do { local $/; <$in> } // '..';
        return 1 if $target =~ m{^/|(?:^|/)\.\.(?:/|$)};
    }
    return 0;
}

# State files that a branch from which is deployed has, or a release that was. What is only stored in other branches may
# be stored in further ones, and is not deployed by this key.
sub is_accepted {
    my ($new, $is_deployed) = @_;
    my %seen;
    my @known = grep { !$seen{$_}++ } (map { $_->[0] } grep { !$is_deployed || deploys($_->[1]) } tips()), deployed_commits();
    # Where nothing was accepted yet, no state files are the only ones.
    my $states = states_of($new) // return 0;
    return $states eq 'none' unless @known;
    my %top = tops($new, @known);
    for (grep { $top{$_} eq $top{$new} } @known) { return 1 if (states_of($_) // '') eq $states }
    return 0;
}

sub deployed_commits {
    opendir my $folder, "$project/deployments" or return ();
    return map {
        my $record = /^\d{8}T\d+Z-/ ? slurp("$project/deployments/$_/record.json") // '' : '';
        $record =~ /^ "status": "succeeded",?$/m && $record =~ /^ "commit": "([0-9a-f]{40,64})",?$/m ? $1 : ();
    } readdir $folder;
}

# What stands at .salt in each commit, by one git: enough to leave out those that are surely others.
sub tops {
    my (@commits) = @_;
    my $pid = open(my $in, '-|') // return map { $_ => '' } @commits;
    if (!$pid) {
        # The names come from a process of their own: a pipe holds but some of them.
        my $writer = open(STDIN, '-|') // exit 127;
        if (!$writer) { print map { "$_:.salt\n" } @commits; exit 0 }
        open STDERR, '>', '/dev/null';
        exec program('git'), 'cat-file', '--batch-check=%(objectname)';
        exit 127;
    }
    my @answers = map { chomp; /^([0-9a-f]{40,64})$/ ? $1 : '' } <$in>;
    return map { $_ => shift @answers // '' } @commits;
}

# What stands at .salt, with what git would bring into it: `none`, or a text that only the same state files have.
sub states_of {
    my ($commit) = @_;
    my @top = listed($commit, '.salt', '.gitmodules') or return undef;
    shift @top;
    my @salt = grep { /\t\.salt$/ } @top;
    return 'none' unless @salt;
    my @below = listed($commit, '-r', '.salt') or return undef;
    return join "\n", listed($commit) if leads_out($commit, @below);
    # Of submodules a commit says what they are, and .gitmodules where from.
    return join "\n", (grep { /^160000 / } @below) ? @top : @salt;
}

# Entries of a commit, a word before them; nothing at all where git cannot say.
sub listed {
    my ($commit, @words) = @_;
    my @flags = grep { /^-/ } @words;
    my $in = reader('git', 'ls-tree', '-z', '--full-tree', @flags, $commit, '--', grep { !/^-/ } @words) or return ();
    local $/ = "\0";
    my @entries = map { chomp; $_ } <$in>;
    return close($in) ? ('', @entries) : ();
}

# The commit of each branch, and its ref.
sub tips {
    my $in = reader('git', "--git-dir=$project/git/$KIND.git", 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/') or return ();
    return map { chomp; [split / /, $_, 2] } <$in>;
}

1;
