# The hooks of a project's bare repositories: they decide what can be decided early, hand over, and show.
#
# Perl without a single module starts in 2 ms and is part of every Debian (and of git). A deployment never writes to
# the connection: it has a log of its own, and this follows that log for as long as somebody reads. When the pusher is
# gone, so is this, and the deployment goes on.
#
# Set by the hook file that calls this: $HOME the package, $ROOT, $NAME, $KIND (project or pillar), $HOOK.
use strict;
use warnings;
our ($HOME, $ROOT, $NAME, $KIND, $HOOK);

my $project = "$ROOT/projects/$NAME";
my $launcher = "$HOME/scripts/corpus";
my %settings = read_settings("$project/git/settings");
my @moves = map { chomp; [split / /, $_, 3] } <STDIN>;
my @deploying = grep { $_->[1] !~ /^0+$/ && deploys($_->[2]) } @moves;
# Tags, notes, other branches and deletions are git's own business.
exit 0 unless @deploying;

my @options = map { $ENV{"GIT_PUSH_OPTION_$_"} // '' } 0 .. ($ENV{GIT_PUSH_OPTION_COUNT} || 0) - 1;
my $stored_only = grep { $_ eq 'no-deploy' } @options;

$HOOK eq 'pre-receive' ? pre_receive() : post_receive();

# --- before the refs move: everything that can be refused is refused here, and nothing is deployed.

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
    # Both programs run at once: each costs a push some milliseconds.
    my $new = $deploying[0][1];
    my $space = reader('stat', '-f', '-c', '%a %S', $project);
    my $object = $KIND eq 'pillar' || $new !~ /^[0-9a-f]+$/ ? undef : reader('git', 'rev-parse', '--verify', '--quiet', "$new:.salt");
    my $free = free_megabytes($space);
    my $wanted = $settings{min_free_megabytes} // 64;
    my $salt = $object ? <$object> // '' : '';
    chomp $salt;
    refuse("Only $free MB are free below $project; a deployment wants $wanted MB.", 'Make room, then push again.')
        if defined $free && $free < $wanted && !$stored_only;
    # State files that were checked before are known by the id of their folder.
    check($new) if $KIND eq 'pillar' || ($salt ne '' && $salt ne (slurp("$project/git/checked-salt") // ''));
    exit 0;
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

# --- after the refs moved: one request, then only looking on.

sub post_receive {
    if ($stored_only) {
        print "corpus: stored, not deployed; `corpus deploy $NAME` deploys it\n";
        exit 0;
    }
    $| = 1;
    my ($old, $new, $ref) = @{ $deploying[0] };
    my $release = new_release();
    my $folder = "$project/deployments/$release";
    mkdir "$project/deployments";
    mkdir "$project/deployments/queue";
    mkdir $folder or fail("A deployment could not be begun in $project/deployments: $!.");
    print "corpus: $NAME, release $release\n";
    write_whole("$folder/output.log", '') or fail("$folder/output.log could not be written: $!.");
    write_whole("$project/deployments/queue/$release", request($release, $old, $new, branch($ref)))
        or fail("The request could not be written: $!.");
    start_runner();
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
        $fields{$1} = '[' . join(',', map { json($_) } split /,/, $2) . ']' if $option =~ /^(only|skip)=(.*)$/s;
    }
    return '{' . join(',', map { json($_) . ':' . $fields{$_} } sort keys %fields) . '}';
}

# A warm agent has a runner ready; without one, a cold runner is started. Neither is a child of the connection.
sub start_runner {
    my $path = "$ROOT/corpus/agent.sock";
    if (-S $path && socket(my $agent, 1, 1, 0)) {
        if (connect($agent, pack('S a*', 1, "$path\0"))) {
            syswrite $agent, "run $NAME\n";
            my $readable = '';
            vec($readable, fileno $agent, 1) = 1;
            my $answer = '';
            sysread $agent, $answer, 16 if select($readable, undef, undef, 2);
            return if $answer =~ /^ok/;
        }
    }
    my $child = fork;
    return if $child || !defined $child;
    # Away from the connection: another session, no pipe of the hook's, nothing of git's environment.
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$project/deployments/runner.log";
    open STDERR, '>&', \*STDOUT;
    delete @ENV{ grep { /^GIT_/ && $_ !~ /^GIT_(SSH_COMMAND|SSL_CAINFO|CONFIG_NOSYSTEM)$/ } keys %ENV };
    delete @ENV{qw(CORPUS_VERDICT NODE_EXTRA_CA_CERTS SSH_ORIGINAL_COMMAND)};
    chdir '/';
    exec 'setsid', $launcher, 'runner', $NAME, "--root=$ROOT";
    exit 127;
}

# Copies the deployment's log to the pusher as it grows, and ends with its verdict.
sub follow {
    my ($release, $folder) = @_;
    my $parent = getppid;
    $SIG{PIPE} = 'IGNORE';
    # Never block on a pusher who does not read (F_GETFL 3, F_SETFL 4, O_NONBLOCK 04000).
    my $flags = fcntl(STDOUT, 3, 0);
    fcntl(STDOUT, 4, ($flags || 0) | 04000);
    open my $log, '<', "$folder/output.log" or fail("$folder/output.log cannot be read: $!.");
    my ($pending, $stalled, $waited, $looked, $restarts) = ('', 0, 0, 0, 0);
    my $pause = 0.001;
    while (1) {
        my $verdict = slurp("$folder/verdict");
        if ($pending eq '') {
            sysread $log, $pending, 32768;
        }
        if ($pending ne '') {
            my $written = syswrite STDOUT, $pending;
            if (defined $written) { substr($pending, 0, $written) = ''; ($stalled, $pause) = (0, 0.001); next }
            exit 0 if $! == 32 || getppid != $parent;
        }
        elsif (defined $verdict) { finish($verdict) }
        # Gone, or silent for ten seconds with output waiting: the view ends, the deployment does not.
        exit 0 if getppid != $parent || $stalled > 10;
        select undef, undef, undef, $pause;
        $stalled += $pause if $pending ne '';
        $waited += $pause;
        $pause = $pause * 1.3 if $pause < 0.05 && $waited > 0.2;
        if ($waited - $looked > 1 && !defined $verdict) {
            $looked = $waited;
            next if runner_lives() || defined slurp("$folder/verdict");
            if (++$restarts > 3) { fail("The runner does not start; see $project/deployments/runner.log.") }
            start_runner();
        }
    }
}

# The lock is the kernel's: who is dead holds nothing.
sub runner_lives {
    open my $lock, '>>', "$project/deployments/lock" or return 1;
    return !flock($lock, 1 | 4);
}

sub finish {
    my ($verdict) = @_;
    my ($status) = $verdict =~ /^(\d+)/;
    $status = 1 unless defined $status;
    tell_wrapper($status);
    exit $status;
}

# A post-receive's own status does not reach the pusher: the wrapper around receive-pack reads it here.
sub tell_wrapper {
    my ($status) = @_;
    my $file = $ENV{CORPUS_VERDICT};
    return if !$status || !defined $file;
    open my $out, '>', $file or return;
    print $out $status;
    close $out;
}

# --- small things

sub deploys { my ($ref) = @_; return $ref =~ m{^refs/heads/(.+)$}s && grep { $_ eq $1 } split / /, $settings{deploy_branch} // 'master main' }
sub branch { my ($ref) = @_; return $ref =~ m{^refs/heads/(.+)$}s ? $1 : $ref }

sub refuse {
    my ($why, $way_out) = @_;
    print STDERR "corpus: $why\ncorpus: $way_out\n";
    exit 1;
}

sub fail {
    my ($why) = @_;
    print STDERR "corpus: $why\n";
    tell_wrapper(1);
    exit 1;
}

sub reason { my ($file) = @_; my $text = slurp($file) // ''; chomp $text; return $text eq '' ? '' : ": $text" }

sub read_settings {
    my ($file) = @_;
    return map { /^(\w+) (.*)$/ ? ($1, $2) : () } split /\n/, slurp($file) // '';
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return undef;
    local $/;
    my $text = <$in>;
    return $text // '';
}

sub write_whole {
    my ($file, $text) = @_;
    my ($folder, $name) = $file =~ m{^(.*)/([^/]+)$};
    my $new = "$folder/.$name.$$";
    open my $out, '>', $new or return 0;
    unless ((print $out $text) && close $out) { my $why = $!; unlink $new; $! = $why; return 0 }
    return rename $new, $file;
}

sub free_megabytes {
    my ($in) = @_;
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

# clock_gettime by its number, which depends on the machine: a module for it would cost 6 ms.
sub clock {
    open my $exe, '<:raw', '/proc/self/exe' or return (time, 0);
    read $exe, my $head, 20;
    my $number = { 0x3e => 228, 0xb7 => 113 }->{ unpack 'v', substr $head, 18, 2 };
    return (time, 0) unless defined $number;
    my $buffer = "\0" x 16;
    return (time, 0) if syscall($number, 0, $buffer) != 0;
    return unpack 'q q', $buffer;
}

1;
