# A push that had nothing to send: git says "Everything up-to-date", whatever became of what was pushed before. Where that is
# still being deployed, this follows it; where it does not run, this says so and how it comes to run.
# Called by receive-pack as: again.pl HOME REPOSITORY PID, where PID is the process that ends with the pusher.
BEGIN { $^H |= 0x602 } # use strict, without its module
our ($HOME, $ROOT, $NAME, $KIND, $HOOK);
our ($project, $launcher, $git, %settings, @deploying);
($HOME, my $repository, $git) = @ARGV;
$HOOK = 'answer';
$ENV{GIT_NO_REPLACE_OBJECTS} = 1;
# What the pusher's git reads from us is not for words.
open STDOUT, '>&', \*STDERR;
($project, $NAME, $KIND) = $repository =~ m{^(.+/projects/([^/]+))/git/(project|pillar)\.git$} or exit 0;
($ROOT) = $project =~ m{^(.+)/projects/};
require "$HOME/src/hooks/hook.pl";
require "$HOME/src/hooks/post-receive.pl";
$launcher = "$HOME/scripts/corpus";
%settings = read_settings("$project/git/settings");
say_again();
exit 0;

sub say_again {
    my %tips = tips();
    my ($branch) = grep { defined $tips{$_} } split(/ /, $settings{deploy_branch} // 'master main') or return;
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

# The branches that deploy, and their commits.
sub tips {
    my $in = reader('git', "--git-dir=$repository", 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads') or return;
    return map { m{^([0-9a-f]+) (refs/heads/(.+))\n} && deploys($2) ? ($3, $1) : () } <$in>;
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
