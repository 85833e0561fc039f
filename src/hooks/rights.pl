# What may be pushed with a key that was added without --pillar: no pillar, and no state files (.salt) but such as were
# accepted before, since whoever writes them acts as the account that runs corpus. Pushes without such a key never come here.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND);
our ($project);

sub check_rights {
    refuse('The key ' . who() . ' does not push pillars.', 'Have it pushed with a key that was added with --pillar.') if $KIND ne 'project';
    for (@_) {
        my ($old, $new, $ref) = @$_;
        # Nothing that is not a branch is ever deployed.
        next if $new =~ /^0+$/ || $ref !~ m{^refs/heads/};
        next if $old !~ /^0+$/ && has_same_states($old, $new);
        next if is_accepted($new, deploys($ref));
        my $as = $< == 0 ? 'root' : (getpwuid $<)[0] // "uid $<";
        refuse('The key ' . who() . ' does not change state files: .salt in ' . shown_name(branch($ref)) . " has links to other files of the project, so that any of them may run as $as.",
            'Have this pushed with a key that was added with --pillar; without those links, all but .salt can be pushed with this one.')
            if leads_out($new, listed($new, '-r', '.salt'));
        refuse('The key ' . who() . ' does not change state files: .salt in ' . shown_name(branch($ref)) . " is none that was deployed here, and it runs as $as.",
            'Leave .salt as it is deployed, or have this pushed with a key that was added with --pillar.');
    }
}

sub who { return shown_name($ENV{CORPUS_BY} // '') }

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
    my @known = grep { !$seen{$_}++ } tips($is_deployed), deployed_commits();
    # Where nothing was accepted yet, no state files are the only ones.
    my $states = states_of($new) // return 0;
    return $states eq 'none' unless @known;
    my %top = tops($new, @known);
    for (grep { $top{$_} eq $top{$new} } @known) { return 1 if (states_of($_) // '') eq $states }
    return 0;
}

sub tips {
    my ($is_deployed) = @_;
    my $in = reader('git', 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/') or return ();
    my @tips = map { chomp; [split / /, $_, 2] } <$in>;
    return map { $_->[0] } grep { !$is_deployed || deploys($_->[1]) } @tips;
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

1;
