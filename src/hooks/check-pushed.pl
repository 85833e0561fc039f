# What pre-receive does where no warm agent has done it: it looks at what was pushed: state files, the Procfile, and how it runs.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND);
our ($project, $launcher);

# What was checked before: the ids of the state files and of the Procfile, and the name of the file that told how it runs.
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
