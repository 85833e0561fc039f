# What pre-receive does where no warm agent has done it: it looks at the state files that were pushed.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND);
our ($project, $launcher);

# The id of the state files, where it is known already, and of those that were checked before.
sub check_pushed {
    my ($commit, $salt, $known) = @_;
    return if $commit !~ /^[0-9a-f]+$/;
    $salt //= salt_of($commit) if $KIND ne 'pillar';
    check($commit) if $KIND eq 'pillar' || ($salt ne '' && $salt ne $known);
}

# The id of a commit's folder of state files, or nothing. A warm agent reads it from the quarantine; else git does.
sub salt_of {
    my ($commit) = @_;
    my $quarantine = quarantine();
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
    my $status = system { $launcher } $launcher, 'hook-check', $NAME, $KIND, $commit, "--root=$ROOT";
    return if $status == 0;
    refuse("corpus could not be started from $launcher.", 'Run `corpus doctor` on the server.') if $status == -1;
    exit 1;
}

1;
