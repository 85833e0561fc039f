# pre-receive, before the refs move: everything that can be refused is refused here, and nothing is deployed.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND);
our ($project, %settings, @deploying, @options, $stored_only);

sub pre_receive {
    refuse("One push moves one deploy branch, and this moves " . join(' and ', map { branch($_->[2]) } @deploying) . '.',
        'Push them one by one.') if @deploying > 1;
    for my $option (@options) {
        next if $option =~ /^(no-deploy|plan|verbose|only=[\w,-]+|skip=[\w,-]+)$/ || $option !~ /^(no[-_ ]?deploy|plan|verb|only|skip)/i;
        refuse('The push option "' . shown_name($option) . '" is not understood.', 'Options: no-deploy, plan, verbose, only=a,b, skip=a,b.');
    }
    for my $wanted (map { /^(?:only|skip)=(.*)$/s ? split(/,/, $1) : () } @options) {
        next if !$settings{procedures} || grep { $_ eq $wanted } split / /, $settings{procedures};
        refuse('There is no procedure "' . shown_name($wanted) . '".', "Procedures: $settings{procedures}.");
    }
    if (-e "$project/frozen" && !$stored_only) {
        my $reason = slurp("$project/frozen") // '';
        chomp $reason;
        refuse("$NAME is frozen" . ($reason eq '' ? '' : ": $reason") . '.', "Thaw it with `corpus thaw $NAME`, or push with -o no-deploy.");
    }
    # Without an agent a runner has to start, which takes longer than what is left to do here and what git does after it.
    # Where the push is refused, it goes away.
    if (!$stored_only && !-S "$ROOT/corpus/agent.sock" && take_folder()) {
        note_move();
        # Both have to read it: the runner that is forked here, and this to look at what was pushed.
        require "$HOME/src/hooks/helper.pl";
        start_runner('--soon=' . soon_mark());
    }
    my $new = $deploying[0][1];
    my $free = free_megabytes();
    # Where the settings do not say how much, the deployment knows.
    my $wanted = $settings{min_free_megabytes} // 0;
    refuse("Only $free MB are free below $project; a deployment wants $wanted MB.", 'Make room, then push again.')
        if defined $free && $free < $wanted && !$stored_only;
    # State files and a Procfile that were checked before are known by their ids, and how it runs by the name of a file.
    my $known = slurp("$project/git/checked") // '';
    announce($new, $known) if $KIND ne 'pillar' && $known =~ /^(?:none|[0-9a-f]{40,64}) (?:none|[0-9a-f]{40,64}) [\w.-]+(?: [\w.\/-]+)?$/;
    # Nobody did, so that it is looked at here.
    require "$HOME/src/hooks/helper.pl";
    check_pushed($new, $known);
    note_move() unless $stored_only;
    exit 0;
}

# The folder that the deployment will have. That it is there also says that a runner is on its way.
sub take_folder {
    return take_next(soon_mark()) || mkdir(soon_mark(), 0750) if -d "$project/deployments";
    return mkdir("$project/deployments", 0750) && mkdir(soon_mark(), 0750);
}

sub give_folder_back { rename(soon_mark(), "$project/deployments/next") || rmdir soon_mark() }

# Git may die when the branch has moved and before post-receive asks for its deployment: this says what is to go back then.
sub note_move {
    my ($old, $new, $ref) = @{ $deploying[0] };
    my $file = -d soon_mark() ? soon_mark() . '/blank.0' : moving_mark();
    # What is at hand has room in it; the rest of that is blank.
    open my $out, (-e $file ? '+<' : '>'), $file or return;
    syswrite $out, "$old $new $KIND $ref\n";
}

# A warm agent knows whether these were checked, and has a runner begin before the refs move: then nothing is left to do here.
sub announce {
    my ($commit, $known) = @_;
    my $quarantine = quarantine();
    return if @options || !defined $quarantine || !-S "$ROOT/corpus/agent.sock" || !take_folder();
    note_move();
    my ($mark) = soon_mark() =~ m{([^/]+)$};
    exit 0 if ask_agent("soon $NAME $commit $quarantine $mark $known") eq 'ok';
    give_folder_back();
}

sub quarantine { return (($ENV{GIT_QUARANTINE_PATH} // '') =~ m{([^/]+)/?$})[0] }

# statfs; where its number is not known, stat(1).
sub free_megabytes {
    my $number = call_number('statfs');
    my $buffer = "\0" x 256;
    if (defined $number && syscall($number, "$project\0", $buffer) == 0) {
        my (undef, $size, undef, undef, $blocks) = unpack 'q5', $buffer;
        return int($blocks * $size / 1_000_000);
    }
    my $in = reader('stat', '-f', '-c', '%a %S', $project);
    my ($blocks, $size) = split / /, ($in && <$in>) // '';
    return defined $size ? int($blocks * $size / 1_000_000) : undef;
}

1;
