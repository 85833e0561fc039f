# pre-receive, before the refs move: everything that can be refused is refused here, and nothing is deployed.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND);
our ($project, $launcher, %settings, @deploying, @options, $stored_only);

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

1;
