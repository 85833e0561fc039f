# The hooks of a project's bare repositories: they decide what can be decided early, hand over, and show.
#
# Perl without a single module starts in 2 ms and is part of every Debian (and of git). A deployment never writes to
# the connection: it has a log of its own, and this follows that log for as long as somebody reads. When the pusher is
# gone, so is this, and the deployment goes on.
#
# Set by the hook file that calls this, or words of the command: $HOME the package, $ROOT, $NAME, $KIND (project or
# pillar), $HOOK: pre-receive or post-receive; again, where git had nothing to send and no hook ran; or answer, which only
# wants what is defined here. The process id of git may follow, or of whatever ends with the pusher.
# What not every push needs is in helper.pl, for Perl reads a file anew each time.
# Strictness and warnings without their modules, which would cost each hook 4 ms.
BEGIN { $^H |= 0x602; $^W = 1 }
# What a commit names is what is deployed: no git that is started from here reads something else in its place.
$ENV{GIT_NO_REPLACE_OBJECTS} = 1;
our ($HOME, $ROOT, $NAME, $KIND, $HOOK);
our ($project, $launcher, $git, %settings, @deploying, @options, $stored_only);
($HOME, $ROOT, $NAME, $KIND, $HOOK, $git) = @ARGV unless defined $HOOK;

# Each compiles only what it needs.
if ($HOOK eq 'again') {
    know_project();
    require "$HOME/src/hooks/post-receive.pl";
    say_again();
    exit 0;
}
if ($HOOK ne 'answer') {
    begin($git // getppid);
    require "$HOME/src/hooks/$HOOK.pl";
    $HOOK eq 'pre-receive' ? pre_receive() : post_receive();
}

sub know_project {
    $project = "$ROOT/projects/$NAME";
    $launcher = "$HOME/scripts/corpus";
    # Written by project/hook-settings.ts; where they are lost, a push is not.
    %settings = (deploy_branch => 'master main', read_settings("$project/git/settings"));
}

# Reads what git moves; the process id of that git is the same for both hooks.
sub begin {
    ($git) = @_;
    know_project();
    my @moves = map { chomp; [split / /, $_, 3] } <STDIN>;
    write_moves($HOOK eq 'pre-receive' ? () : @moves) if defined $ENV{CORPUS_MOVED};
    if ($HOOK eq 'pre-receive') {
        # Without this, the wrapper takes it that there was nothing to send.
        signal_wrapper('URG');
        check_refs(@moves);
        free_refs(map { $_->[2] } @moves);
        if (defined $ENV{CORPUS_KEY_MAY}) { require "$HOME/src/hooks/helper.pl"; check_rights(@moves) }
    }
    @deploying = grep { $_->[1] !~ /^0+$/ && deploys($_->[2]) } @moves;
    tell_stored(grep { $_->[1] !~ /^0+$/ && !deploys($_->[2]) } @moves) if $HOOK ne 'pre-receive';
    # Tags, notes, other branches and deletions are git's own business.
    exit 0 unless @deploying;
    @options = map { $ENV{"GIT_PUSH_OPTION_$_"} // '' } 0 .. ($ENV{GIT_PUSH_OPTION_COUNT} || 0) - 1;
    $stored_only = grep { $_ eq 'no-deploy' } @options;
}

# What a push by HTTP or of a user over ssh has moved, for its line in the audit: of whoever serves, who is no wrapper and reads no signal.
# Empty where nothing moved of what came.
sub write_moves {
    open my $out, '>', $ENV{CORPUS_MOVED} or return;
    syswrite $out, join '', map { "@$_\n" } @_;
}

# Branches, tags and notes are people's. All else is git's own or ours: refs/replace, say, has each git read other bytes
# than those that a commit names. A branch that reads like something else is no branch; one that is there can be deleted.
sub check_refs {
    for (@_) {
        my (undef, $new, $ref) = @$_;
        my ($kind, $name) = $ref =~ m{^refs/(heads|tags|notes)/(.+)$}s;
        refuse('The ref ' . shown_name($ref) . ' is not kept here.', 'Push branches (refs/heads), tags (refs/tags) and notes (refs/notes).')
            unless defined $kind;
        next if $kind eq 'notes' || $new =~ /^0+$/;
        refuse('The name ' . shown_name($name) . ' reads like a commit, or like another ref.', 'Push it under another name.')
            if $name =~ m{^(?:[A-Z_]*HEAD|[0-9a-f]{40}|[0-9a-f]{64}|\@|-.*|refs/.*|(?:heads|tags|remotes|notes)/.*)$}s;
    }
}

# Git never takes away the lock of a git that died, and refuses all that comes after it.
sub free_refs {
    my $folder = "$project/git/$KIND.git";
    return unless grep { -e "$folder/$_.lock" } @_, 'HEAD', 'packed-refs';
    system { $launcher } $launcher, 'hook-locks', $NAME, $KIND, @_, "--root=$ROOT";
}

# Who pushes a branch or a tag may think that it deploys.
sub tell_stored {
    my @names = map { $_->[2] =~ m{^refs/(?:heads|tags)/(.+)$}s ? shown_name($1) : () } @_ or return;
    my @all = split / /, $settings{deploy_branch};
    # The one that is in use here comes first.
    my $is_there = sub { -e "$project/git/$KIND.git/refs/heads/$_[0]" };
    my @branches = ((grep { $is_there->($_) } @all), (grep { !$is_there->($_) } @all));
    my $more = @names > 5 ? ' and ' . (@names - 5) . ' more' : '';
    print 'corpus: stored only, not deployed: ' . join(', ', @names > 5 ? @names[0 .. 4] : @names) . "$more\n";
    print "corpus: a push of $branches[0] deploys: git push REMOTE HEAD:$branches[0]"
        . (@branches > 1 ? ' (or ' . join(', ', @branches[1 .. $#branches]) . ')' : '') . "\n" unless @deploying;
}

# --- small things

# A name of somebody's choice, on one line and on any terminal.
sub shown_name { my ($text) = @_; $text =~ s/[^\x20-\x7e]/?/g; return length $text > 100 ? substr($text, 0, 97) . '...' : $text }

sub deploys { my ($ref) = @_; return $ref =~ m{^refs/heads/(.+)$}s && grep { $_ eq $1 } split / /, $settings{deploy_branch} }
sub branch { my ($ref) = @_; return $ref =~ m{^refs/heads/(.+)$}s ? $1 : $ref }

sub refuse {
    my ($why, $way_out) = @_;
    print STDERR "corpus: $why\ncorpus: $way_out\n";
    exit 1;
}

# The process id of receive-pack ends the name of its file. Only while it is git's parent, that id is surely its own.
sub signal_wrapper {
    my ($signal) = @_;
    my ($wrapper) = ($ENV{CORPUS_VERDICT} // '') =~ /\.(\d+)$/ or return;
    my ($parent) = (slurp("/proc/$git/stat") // '') =~ /^.*\) \S (\d+)/s;
    kill $signal, $wrapper if defined $parent && $parent == $wrapper;
}

sub read_settings {
    my ($file) = @_;
    return map { /^(\w+) (.*)$/ ? ($1, $2) : () } split /\n/, slurp($file) // '';
}

# A line to the agent and its answer; nothing where none answers within two seconds.
sub ask_agent {
    my ($line) = @_;
    my $path = "$ROOT/corpus/agent.sock";
    my $agent;
    return '' unless -S $path && socket($agent, 1, 1, 0) && connect($agent, pack('S a*', 1, "$path\0"));
    syswrite $agent, "$line\n";
    my $readable = '';
    vec($readable, fileno $agent, 1) = 1;
    my $answer = '';
    sysread $agent, $answer, 100 if select($readable, undef, undef, 2);
    chomp $answer;
    return $answer;
}

# A runner, where no agent has one ready. What that takes is read where nobody waits for it.
sub start_runner {
    my (@more) = @_;
    my $child = fork;
    return if $child || !defined $child;
    require "$HOME/src/hooks/helper.pl";
    become_runner(@more);
}

# Says that this push has a runner on its way.
sub soon_mark { return "$project/deployments/soon.$git" }

# The same of a push for which none is on its way yet.
sub moving_mark { return "$project/deployments/moving.$git" }

# The folder that a runner laid out for the next deployment, where it is ours to write into.
sub take_next { my ($folder) = @_; return -w "$project/deployments/next" && rename "$project/deployments/next", $folder }

# The whole path of a program: one of the machine's, for an ordinary user the own first (shell/programs.ts).
sub program {
    my ($name) = @_;
    my @own = map { split /:/ } $ENV{CORPUS_PROGRAMS} // '', $< == 0 ? '' : $ENV{PATH} // '';
    for (@own, qw(/usr/sbin /usr/bin /sbin /bin /usr/local/sbin /usr/local/bin)) { return "$_/$name" if m{^/} && -x "$_/$name" }
    return "/usr/bin/$name";
}

# What the kernel calls by number, by what this Perl was built for as its ELF header says: 64 bits, and the machine. Elsewhere
# nobody asks for a number: each of these can be had by another program, or done without.
sub call_number {
    my ($call) = @_;
    open my $exe, '<:raw', '/proc/self/exe' or return undef;
    read $exe, my $head, 20;
    my ($bits, $machine) = unpack 'x4 C x13 v', $head;
    my $numbers = $bits != 2 ? undef : {
        0x3e => { statfs => 137, setsid => 112, clock_gettime => 228 }, # x86_64
        0xb7 => { statfs => 43, setsid => 157, clock_gettime => 113 },  # aarch64
    }->{$machine};
    return $numbers && $numbers->{$call};
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return undef;
    local $/;
    my $text = <$in>;
    return $text // '';
}

# What a program prints, read while others run; its complaints are nobody's.
sub reader {
    my $pid = open(my $in, '-|');
    return undef unless defined $pid;
    return $in if $pid;
    open STDERR, '>', '/dev/null';
    exec { program($_[0]) } @_;
    exit 127;
}

1;
