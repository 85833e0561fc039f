# post-receive, after the refs moved: one request, then only looking on.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND, $HOOK);
our ($project, $launcher, $git, %settings, @deploying, @options, $stored_only);

sub post_receive {
    if ($stored_only) {
        print "corpus: stored, not deployed; `corpus deploy $NAME` deploys it\n";
        exit 0;
    }
    $| = 1;
    signal_wrapper('USR1');
    # A pusher who is gone takes nothing back.
    $SIG{PIPE} = 'IGNORE';
    my ($old, $new, $ref) = @{ $deploying[0] };
    my $release = new_release();
    my $folder = "$project/deployments/$release";
    # That of pre-receive, with which a runner is on its way; one that is laid out; or a new one.
    my $comes = rename soon_mark(), $folder;
    unless ($comes || take_next($folder)) {
        mkdir "$project/deployments", 0750;
        mkdir "$project/deployments/queue", 0700;
        mkdir $folder, 0750 or give_up("A deployment could not be begun in $project/deployments: $!.", $release, $folder);
    }
    -e "$folder/output.log" or write_whole("$folder/output.log", '') or give_up("$folder/output.log could not be written: $!.", $release, $folder);
    -d "$project/deployments/queue" or mkdir "$project/deployments/queue", 0700;
    print "corpus: $NAME, release $release\n";
    write_whole("$project/deployments/queue/$release", request($release, $old, $new, branch($ref)), "$folder/blank.0")
        or give_up("The request could not be written: $!.", $release, $folder);
    unless ($comes) {
        unlink moving_mark();
        wake_runner();
    }
    follow($release, $folder);
}

sub request {
    my ($release, $old, $new, $branch) = @_;
    my %fields = (
        release => json($release), kind => json($KIND eq 'pillar' ? 'pillar' : 'push'), by => json(pusher()),
        branch => json($branch), before => $old =~ /^0+$/ ? 'null' : json($old), commit => json($new),
    );
    for my $option (@options) {
        $fields{plan} = 'true' if $option eq 'plan';
        $fields{verbose} = 'true' if $option eq 'verbose';
        $fields{$1} = '[' . join(',', map { json($_) } split /,/, $2) . ']' if $option =~ /^(only|skip)=(.*)$/s;
    }
    return '{' . join(',', map { json($_) . ':' . $fields{$_} } sort keys %fields) . '}';
}

# A warm agent has a runner ready; without one, a cold runner is started, unless pre-receive did already.
sub wake_runner {
    return if ask_agent("run $NAME") eq 'ok';
    start_runner();
}

# Copies the deployment's log to the pusher as it grows, and ends with its verdict.
sub follow {
    my ($release, $folder) = @_;
    # Never block on a pusher who does not read (F_GETFL 3, F_SETFL 4, O_NONBLOCK 04000).
    my $flags = fcntl(STDOUT, 3, 0);
    fcntl(STDOUT, 4, ($flags || 0) | 04000);
    open my $log, '<', "$folder/output.log" or fail("$folder/output.log cannot be read: $!.");
    my $raw = '';
    my ($pending, $stalled, $waited, $looked, $restarts) = ('', 0, 0, 0, 0);
    my $pause = 0.0003;
    while (1) {
        my $verdict = slurp("$folder/verdict");
        if ($pending eq '') {
            # The end of a piece may stand in the middle of a line, which is shown when it is whole, or when nothing more comes.
            my $more = sysread $log, $raw, 32768, length $raw;
            my $end = !$more && defined $verdict || length $raw > 100_000 ? length $raw : 1 + rindex $raw, "\n";
            $pending = shown(substr $raw, 0, $end, '');
        }
        if ($pending ne '') {
            my $written = syswrite STDOUT, $pending;
            if (defined $written) { substr($pending, 0, $written) = ''; ($stalled, $pause) = (0, 0.0003); next }
            exit 0 if $! == 32 || pusher_is_gone();
        }
        elsif (defined $verdict) { finish($verdict) }
        # Who is gone is told nothing; who did not read for ten seconds is told the end without the rest.
        exit 0 if pusher_is_gone();
        finish($verdict) if defined $verdict && $stalled > 10;
        select undef, undef, undef, $pause;
        $stalled += $pause if $pending ne '';
        $waited += $pause;
        $pause = $pause * 1.3 if $pause < 0.05 && $waited > 0.1;
        if ($waited - $looked > 1 && !defined $verdict) {
            $looked = $waited;
            next if runner_lives() || defined slurp("$folder/verdict");
            if (++$restarts > 3) { give_up("The runner does not start. " . last_word(), $release, $folder) }
            wake_runner();
        }
    }
}

# Where nobody will serve the request, it goes away and the branch goes back: pushed again, it deploys. Under the lock, so that
# no runner takes it meanwhile; one that has it already takes back what it began.
sub give_up {
    my ($why, $release, $folder) = @_;
    my ($old, $new, $ref) = @{ $deploying[0] };
    my $request = "$project/deployments/queue/$release";
    my ($lock, $files);
    my $is_ours = open($lock, '>>', "$project/deployments/lock") && flock($lock, 2 | 4);
    fail("$why `corpus status $NAME` says what runs.") if !$is_ours || (!-e $request && -e "$folder/record.json");
    unlink $request;
    # On a full disk, git needs a little room to move the branch.
    unlink "$project/deployments/reserve";
    my @git = (program('git'), "--git-dir=$project/git/$KIND.git", 'update-ref', '-m', 'corpus: nobody deployed it');
    my $status = $old =~ /^0+$/ ? system(@git, '-d', $ref, $new) : system(@git, $ref, $old, $new);
    opendir($files, $folder) and unlink map { "$folder/$_" } grep { !/^\.\.?$/ } readdir $files;
    rmdir $folder;
    my $branch = branch($ref);
    fail("$why " . ($status == 0 ? "Nothing was deployed, and $branch is what it was: push again." : "$branch could not be put back."));
}

# What a runner that did not start said last.
sub last_word {
    my @lines = grep { /\S/ } split /\n/, substr(slurp("$project/deployments/runner.log") // '', -4000);
    my ($line) = (reverse(grep { /^corpus|error/i } @lines), $lines[-1]);
    # A line of JSON has what is said beside other things.
    $line = $1 if defined $line && $line =~ /^\{.*"message":"((?:[^"\\]|\\.)*)"/;
    return defined $line ? "It said: $line" : "See $project/deployments/runner.log.";
}

sub pusher_is_gone { return !kill 0, $git }

# The lock is the kernel's: who is dead holds nothing. Read alone, for the file system may have become read-only.
sub runner_lives {
    open my $lock, '<', "$project/deployments/lock" or return $! != 2;
    return !flock($lock, 1 | 4);
}

sub fail {
    my ($why) = @_;
    print STDERR "corpus: $why\n";
    tell_wrapper(1);
    warn_of_plain_path();
    exit 1;
}

sub finish {
    my ($verdict) = @_;
    my ($status) = $verdict =~ /^(\d+)/;
    $status = 1 unless defined $status;
    tell_wrapper($status);
    warn_of_plain_path();
    exit $status;
}

# Git ends with 0 whatever a post-receive hook says: whoever believes that status is told, last of all.
sub warn_of_plain_path {
    return if defined $ENV{CORPUS_VERDICT};
    my $add = "corpus remote add $NAME" . ($KIND eq 'pillar' ? ' --pillar' : '');
    syswrite STDOUT, "corpus: WARNING: the status of this git push says nothing of the deployment: it went to a bare path.\n"
        . "corpus: WARNING: `$add`, in this clone, gives a remote whose status does.\n";
}

# A post-receive's own status does not reach the pusher: the wrapper around receive-pack reads it here. What began and was
# not said to have ended well has failed for it.
sub tell_wrapper {
    my ($status) = @_;
    return signal_wrapper('USR2') unless $status;
    my $file = $ENV{CORPUS_VERDICT};
    return if !defined $file;
    open my $out, '>', $file or return;
    syswrite $out, $status;
}

# Into a file that is at hand, whose room is there even where the disk is full, or a new one.
sub write_whole {
    my ($file, $text, $blank) = @_;
    my ($folder, $name) = $file =~ m{^(.*)/([^/]+)$};
    my $at_hand = defined $blank && -w $blank;
    my $new = $at_hand ? $blank : "$folder/.$name.$$";
    open my $out, $at_hand ? '+<' : '>', $new or return 0;
    chmod 0640, $out;
    unless ((syswrite($out, $text) // -1) == length $text && (!$at_hand || truncate($out, length $text)) && close $out) {
        my $why = $!;
        unlink $new;
        $! = $why;
        return 0;
    }
    return rename $new, $file;
}

sub pusher {
    return $ENV{CORPUS_BY} if defined $ENV{CORPUS_BY} && $ENV{CORPUS_BY} ne '';
    return (getpwuid $<)[0] // "uid $<";
}

sub json {
    my ($text) = @_;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f])/sprintf '\\u%04x', ord $1/ge;
    return "\"$text\"";
}

# <DATETIME>-<UUID>, with milliseconds, so that the names of two pushes sort by their time.
sub new_release {
    my ($seconds, $nanoseconds) = clock();
    my ($sec, $min, $hour, $day, $month, $year) = gmtime $seconds;
    my $uuid = slurp('/proc/sys/kernel/random/uuid');
    chomp $uuid;
    return sprintf '%04d%02d%02dT%02d%02d%02d%03dZ-%s', $year + 1900, $month + 1, $day, $hour, $min, $sec, $nanoseconds / 1_000_000, $uuid;
}

# clock_gettime: a module for it would cost 6 ms.
sub clock {
    my $number = call_number('clock_gettime');
    return (time, 0) unless defined $number;
    my $buffer = "\0" x 16;
    return (time, 0) if syscall($number, 0, $buffer) != 0;
    return unpack 'q q', $buffer;
}

# Text of others, whole lines, as the pusher's terminal may have it: kernel/visible.ts, in Perl and on bytes.
sub shown {
    my ($text) = @_;
    return $text unless $text =~ /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]/;
    return join "\n", map { shown_line($_) } split /\n/, $text, -1;
}

sub shown_line {
    my ($line) = @_;
    $line =~ s/\r+\z//;
    $line =~ s/\A( {10}\| )?.*\r/defined $1 ? $1 : ''/se;
    my $coloured = 0;
    $line =~ s{(\e\[[\d;:]*m)|([\x00-\x08\x0b-\x1f\x7f])|\xc2([\x80-\x9f])|(\xd8\x9c)|\xe2\x80([\x8e\x8f\xaa-\xae])|\xe2\x81([\xa6-\xa9])}{
        if (defined $1) { my $colour = $1; $coloured = $colour !~ /^\e\[0*m$/; $colour }
        elsif (defined $2) { $2 eq "\x7f" ? '^?' : '^' . chr(ord($2) + 64) }
        elsif (defined $3) { sprintf '\u{%x}', ord $3 }
        elsif (defined $4) { '\u{61c}' }
        elsif (defined $5) { sprintf '\u{%x}', 0x2000 + ord($5) - 0x80 }
        else { sprintf '\u{%x}', 0x2040 + ord($6) - 0x80 }
    }ge;
    return $coloured ? "$line\e[0m" : $line;
}

# --- a push that had nothing to send, and no hook ran

# Git says "Everything up-to-date", whatever became of what was pushed before. Where that is still being deployed, this follows
# it; where it does not run, this says so and how it comes to run.
sub say_again {
    require "$HOME/src/hooks/helper.pl";
    my %tips = map { deploys($_->[1]) ? (branch($_->[1]), $_->[0]) : () } tips();
    my ($branch) = grep { defined $tips{$_} } split(/ /, $settings{deploy_branch}) or return;
    my $is_tip = sub { my ($commit) = @_; defined $commit && grep { $_ eq $commit } values %tips };
    # The newest that waits or is under way.
    for my $release (under_way()) {
        my $folder = "$project/deployments/$release";
        my $said = slurp("$project/deployments/queue/$release") // slurp("$folder/record.json") // next;
        my $commit = field($said, -e "$project/deployments/queue/$release" ? 'commit' : commit_field());
        next unless $is_tip->($commit);
        @deploying = ([field($said, 'before') // '0' x length $commit, $commit, 'refs/heads/' . (field($said, 'branch') // $branch)]);
        print "corpus: nothing to send: ", substr($commit, 0, 10), " is being deployed already; this follows it (Ctrl-C ends that alone)\n";
        follow($release, $folder);
    }
    my ($current) = (readlink("$project/archives/deployed/current") // '') =~ m{([^/]+)$};
    my $runs = defined $current ? slurp("$project/deployments/$current/record.json") // '' : '';
    return if $is_tip->(field($runs, commit_field())) || (field($runs, 'mode') // '') eq 'editable';
    my $tip = substr $tips{$branch}, 0, 10;
    my $what = defined $current ? 'another release runs' : 'nothing runs';
    my $failed = failed($tips{$branch});
    print "corpus: nothing to send, and nothing was deployed: $branch is at $tip, and $what", $failed ? "; its deployment failed\n" : "\n",
        "corpus: `corpus deploy $NAME` deploys it", $failed ? "; `corpus logs $NAME --deployment $failed` says why it failed\n" : "\n";
    exit 1 if $failed;
}

# Releases, newest first: of whom nobody has said yet how they ended.
sub under_way {
    my ($running) = runner_lives() ? (slurp("$project/deployments/running") // '') =~ /"release":\s*"([\w-]+)"/ : ();
    opendir my $queue, "$project/deployments/queue" or return grep { defined } $running;
    my @waiting = reverse sort grep { /^\w/ } readdir $queue;
    return grep { defined && !-e "$project/deployments/$_/verdict" } @waiting, $running;
}

# Whether the last deployment of this commit failed: its name then.
sub failed {
    my ($commit) = @_;
    opendir my $all, "$project/deployments" or return '';
    for my $release (reverse sort grep { /^\d{8}T/ } readdir $all) {
        my $record = slurp("$project/deployments/$release/record.json") // next;
        next unless (field($record, commit_field()) // '') eq $commit;
        return (field($record, 'status') // '') =~ /failed|rolled back/ ? $release : '';
    }
    return '';
}

sub commit_field { return $KIND eq 'pillar' ? 'pillar_commit' : 'commit' }

# Of a record or a request: a text that is a string there.
sub field { my ($json, $name) = @_; return $json =~ /"\Q$name\E":\s*"([^"\\]*)"/ ? $1 : undef }

1;
