# pre-receive, before the refs move: everything that can be refused is refused here, and nothing is deployed.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND);
our ($project, $launcher, %settings, @deploying, @options, $stored_only);

pre_receive();

sub pre_receive {
    refuse("One push moves one deploy branch, and this moves " . join(' and ', map { branch($_->[2]) } @deploying) . '.',
        'Push them one by one.') if @deploying > 1;
    for my $option (@options) {
        next if $option =~ /^(no-deploy|plan|only=[\w,-]+|skip=[\w,-]+)$/ || $option !~ /^(no-?deploy|plan|only|skip)/;
        refuse("The push option \"$option\" is not understood.", 'Options: no-deploy, plan, only=a,b, skip=a,b.');
    }
    for my $wanted (map { /^(?:only|skip)=(.*)$/s ? split(/,/, $1) : () } @options) {
        next if !$settings{procedures} || grep { $_ eq $wanted } split / /, $settings{procedures};
        refuse("There is no procedure \"$wanted\".", "Procedures: $settings{procedures}.");
    }
    if (-e "$project/frozen" && !$stored_only) {
        refuse("$NAME is frozen" . reason("$project/frozen") . '.', "Thaw it with `corpus thaw $NAME`, or push with -o no-deploy.");
    }
    my $new = $deploying[0][1];
    my $free = free_megabytes();
    my $wanted = $settings{min_free_megabytes} // 64;
    refuse("Only $free MB are free below $project; a deployment wants $wanted MB.", 'Make room, then push again.')
        if defined $free && $free < $wanted && !$stored_only;
    # State files that were checked before are known by the id of their folder.
    my $salt = $KIND eq 'pillar' || $new !~ /^[0-9a-f]+$/ ? '' : salt_of($new);
    check($new) if $KIND eq 'pillar' || ($salt ne '' && $salt ne (slurp("$project/git/checked-salt") // ''));
    # Without an agent a runner has to start: it does so while git moves the refs.
    if (!$stored_only && !-S "$ROOT/corpus/agent.sock" && write_mark(soon_mark())) {
        start_runner('--soon=' . soon_mark());
    }
    exit 0;
}

sub write_mark {
    my ($file) = @_;
    mkdir "$project/deployments";
    open my $out, '>', $file or return 0;
    return close $out;
}

# The id of a commit's folder of state files, or nothing. A warm agent reads it from the quarantine; else git does.
sub salt_of {
    my ($commit) = @_;
    my ($quarantine) = ($ENV{GIT_QUARANTINE_PATH} // '') =~ m{([^/]+)/?$};
    my $answer = defined $quarantine ? ask_agent("salt $NAME $commit $quarantine") : '';
    if ($answer !~ /^(none|[0-9a-f]{40,64})$/) {
        my $in = reader('git', 'rev-parse', '--verify', '--quiet', "$commit:.salt");
        $answer = $in ? <$in> // '' : '';
        chomp $answer;
    }
    return $answer eq 'none' ? '' : $answer;
}

# Renders what was pushed, inside git's quarantine. The program says itself what is wrong.
sub check {
    my ($commit) = @_;
    return if $commit !~ /^[0-9a-f]+$/;
    my $status = system { $launcher } $launcher, 'hook-check', $NAME, $KIND, $commit, "--root=$ROOT";
    return if $status == 0;
    refuse("corpus could not be started from $launcher.", 'Run `corpus doctor` on the server.') if $status == -1;
    exit 1;
}

sub reason { my ($file) = @_; my $text = slurp($file) // ''; chomp $text; return $text eq '' ? '' : ": $text" }

# statfs by its number, which depends on the machine; where that is not known, stat(1).
sub free_megabytes {
    my $number = { 0x3e => 137, 0xb7 => 43 }->{ machine() };
    my $buffer = "\0" x 256;
    if (defined $number && syscall($number, "$project\0", $buffer) == 0) {
        my (undef, $size, undef, undef, $blocks) = unpack 'q5', $buffer;
        return int($blocks * $size / 1_000_000);
    }
    my $in = reader('stat', '-f', '-c', '%a %S', $project);
    my ($blocks, $size) = split / /, ($in && <$in>) // '';
    return defined $size ? int($blocks * $size / 1_000_000) : undef;
}

# What a program prints, read while others run; its complaints are nobody's.
sub reader {
    my $pid = open(my $in, '-|');
    return undef unless defined $pid;
    return $in if $pid;
    open STDERR, '>', '/dev/null';
    exec { $_[0] } @_;
    exit 127;
}

1;
