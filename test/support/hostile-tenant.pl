# A process of a project's account that wants more than it has: until it is ended, it keeps replacing what it can write to by
# links to what is not its own, plants programs and records, edits state files, and reads whatever it can get at.
#
#   hostile-tenant.pl SEED HOME EVIDENCE TARGET…
#
# SEED makes the same choices again. HOME is the folder of its project. EVIDENCE is a folder that everybody writes to: what
# runs there as root leaves `root-ran.*`. TARGETs are files and folders of others.
use strict;
use warnings;

my ($seed, $home, $evidence, @targets) = @ARGV;
srand $seed;
$SIG{CHLD} = 'IGNORE';
my @files = grep { !m{/$} } @targets;
my @folders = map { s{/$}{}r } grep { m{/$} } @targets;
my @left;
my @programs = qw(git setpriv sh bash env tar rsync rm cp mv chown chmod mkdir ln node npm npx perl python3 flock zstd sqlite3 nginx
    runsv chpst su sudo timeout prlimit restic find sed cat id test sleep pg_dump mysqldump redis-cli script setsid nft curl);
my $planted = "#!/bin/sh\n[ \"\$(/usr/bin/id -u)\" = 0 ] && echo \"\$0 \$*\" >> $evidence/root-ran.program\nexec \"/usr/bin/\${0##*/}\" \"\$@\"\n";
my $state = "hostile-state:\n  cmd.run:\n    - name: '[ \"\$(id -u)\" != 0 ] || id > $evidence/root-ran.state'\n";
my $configuration = qq({"settings":{"installer":"$home/data/installer","user":"root"},"snapshot":{"installer":"$home/data/installer"}});
my $plan = join ',', map { my $t = $_; $t =~ s{^/}{}; qq({"name":"../../../../../../../../$t","was":false,"comes":true}) } @files;

sub pick { $_[rand @_] }
sub put { my ($file, $text, $mode) = @_; open my $out, '>', $file or return; print $out $text; close $out; chmod $mode // 0755, $file }

# Folders that it can write to, not through links.
sub writable {
    my ($folder, $depth, $found) = @_;
    return if $depth > 7 || @$found > 400;
    push @$found, $folder if -w $folder;
    opendir my $in, $folder or return;
    for my $name (readdir $in) {
        next if $name eq '.' || $name eq '..';
        my $path = "$folder/$name";
        next if -l $path || !-d _;
        # Enough of what is always the same.
        next if $path =~ m{/node_modules/.+/} || $path =~ m{/objects/};
        writable($path, $depth + 1, $found);
    }
}

sub swap {
    my ($folder) = @_;
    opendir my $in, $folder or return;
    my @names = grep { !/^\.{1,2}$/ && !/\.aside$/ } readdir $in;
    my $name = @names && rand() < 0.9 ? pick(@names) : pick(qw(Procfile package.json .salt index.html cache.db media .git .corpus));
    my $path = "$folder/$name";
    my $aside = "$path.aside";
    my $isFolder = !-l $path && -d $path;
    rename $path, $aside if -e $path || -l $path;
    symlink(($isFolder && rand() < 0.8 ? pick(@folders) : pick(@files)), $path);
    link pick(@files), $path unless -l $path;
    select undef, undef, undef, rand() * 0.01;
    # Mostly it stands again as it was: deployments are to go on, and to meet it in between.
    return if rand() < 0.03;
    unlink $path if -l $path;
    rename $aside, $path if -e $aside || -l $aside;
}

sub plant {
    my ($folder) = @_;
    for my $below ('', 'bin/', 'node_modules/.bin/', '.local/bin/') {
        next if $below ne '' && !-d "$folder/$below" && rand() < 0.7;
        system('/bin/mkdir', '-p', "$folder/$below") if $below ne '' && !-d "$folder/$below";
        put("$folder/$below$_", $planted) for map { pick(@programs) } 1 .. 3;
    }
}

sub forge {
    my $data = "$home/data";
    rename "$data/.corpus", "$data/was.$$" if rand() < 0.3;
    mkdir "$data/.corpus";
    put("$data/.corpus/configuration.json", $configuration);
    mkdir "$data/.corpus/upgrades";
    mkdir "$data/installer";
    put("$data/installer/$_.sls", $state) for qw(trigger archive initialization configure build install activate post_install rollback notification);
    put("$data/installer/installer.yaml", "does: forged\n");
    my $exchange = sprintf '%s/.%012x.restoring', $data, rand 2**40;
    mkdir $exchange;
    mkdir "$exchange/new";
    put("$exchange/plan.json", "[$plan]");
    put("$exchange/new/x", $planted);
}

# What is kept with each release is asked for by these names.
sub aim {
    my $data = "$home/data";
    for (['cache.db', \@files], ['media', \@folders], ['cache.db-wal', \@files], ['noted', \@files]) {
        my ($name, $kind) = @$_;
        rename "$data/$name", "$data/$name.was.$$" unless -l "$data/$name";
        unlink "$data/$name";
        symlink pick(@$kind), "$data/$name" if rand() < 0.7;
    }
}

sub edit {
    my ($folder) = @_;
    opendir my $in, $folder or return;
    for my $name (readdir $in) { put("$folder/$name", $state) if $name =~ /\.sls$/ && rand() < 0.3 }
    mkdir "$folder/.salt";
    put("$folder/.salt/" . pick(qw(trigger rollback notification configure 0001_x task_x)) . '.sls', $state);
}

sub nest {
    my ($folder) = @_;
    my $repository = "$folder/" . pick('module', '.git', 'vendor');
    return if -e $repository && !-d $repository;
    mkdir $repository;
    for my $git ($repository, "$repository/.git") {
        mkdir $git;
        mkdir "$git/$_" for qw(objects refs hooks);
        put("$git/HEAD", "ref: refs/heads/master\n");
        put("$git/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = $evidence/planted\n\thooksPath = $git/hooks\n\tsshCommand = $evidence/planted\n[filter \"x\"]\n\tsmudge = $evidence/planted\n");
        put("$git/hooks/$_", $planted) for qw(post-checkout pre-push post-merge);
    }
    put("$folder/.gitattributes", "* filter=x\n") if rand() < 0.1;
}

# What it can read of others it keeps, where the test finds it.
sub spy {
    my ($folder, $depth) = @_;
    return if $depth > 6;
    opendir my $in, $folder or return;
    for my $name (readdir $in) {
        next if $name eq '.' || $name eq '..' || rand() < 0.2;
        my $path = "$folder/$name";
        next if -l $path || $path =~ m{/objects/};
        if (-d _) { spy($path, $depth + 1) }
        elsif (-f _ && -s _ < 1_000_000 && open my $file, '<', $path) {
            local $/;
            my $text = <$file> // '';
            put("$evidence/leaked.$$." . int rand 1e9, "$path\n") if $text =~ /canary-of-[a-z]+-[0-9a-f]+/;
        }
    }
}

# What it opened it keeps: of a file that is at hand before anything stands in it, it sees what comes.
my @held;
sub hold {
    for my $path (glob "$home/deployments/next/* $home/deployments/soon.*/* $home/deployments/2*/* $home/archives/deployed/*/*") {
        last if @held > 300;
        open my $file, '<', $path or next;
        push @held, [$path, $file] if -f $file;
    }
    return if rand() < 0.5;
    for (splice @held, 0, int @held / 2) {
        my ($path, $file) = @$_;
        local $/;
        seek $file, 0, 0;
        my $text = <$file> // '';
        put("$evidence/leaked.$$." . int rand 1e9, "$path, opened before\n") if $text =~ /canary-of-[a-z]+-[0-9a-f]+/;
    }
}

sub lock_all {
    my ($folder, $depth) = @_;
    return if $depth > 4;
    opendir my $in, $folder or return;
    for my $name (readdir $in) {
        next if $name =~ /^\.{1,2}$/;
        my $path = "$folder/$name";
        if (!-l $path && -d _) { lock_all($path, $depth + 1) }
        # Git's own count by being there. The opened file is asked for its owner: what the name leads to changes meanwhile.
        elsif ($name =~ /lock/ && $path !~ m{\.git/.*\.lock$} && open my $lock, '<', $path) { put("$evidence/locked.$$", "$path\n") if !-o $lock && flock $lock, 2 | 4 }
    }
}

# What is not in its folders: where everybody may write, logs that are its own, sockets and pipes of others, marks of processes.
sub reach_out {
    my $root = $home =~ s{/projects/[^/]+$}{}r;
    my ($name) = $home =~ m{([^/]+)$};
    for my $folder ('/tmp', '/var/tmp', '/dev/shm') {
        my $path = "$folder/" . pick('corpus-check-', 'corpus-plan-', 'states-', 'corpus-installers-', 'corpus-') . sprintf '%06x', rand 2**24;
        symlink(pick(@files, @folders), $path) and push @left, $path;
    }
    for my $log (glob "$root/corpus/logs/$name/jobs/*.log*") {
        next unless -w $log;
        if (rand() < 0.5) { put($log, "\e]0;x\a\r" . 'x' x 1000, 0640) }
        else { truncate $log, int rand 2**33 }
        unlink "$log.x" if link pick(@files), "$log.x";
    }
    # An agent would run what is asked; the supervisor starts whatever it is told.
    for my $path ("$root/corpus/agent.sock", glob("$root/corpus/runit/own/*"), glob("$root/corpus/runit/service/*/supervise/*")) {
        if (-S $path && socket my $socket, 1, 1, 0) { put("$evidence/leaked.socket.$$", "$path\n") if connect $socket, pack 'S a*', 1, "$path\0" }
        elsif (-p $path && sysopen my $pipe, $path, 1 | 2048) { put("$evidence/leaked.pipe.$$", "$path\n") }
    }
    # Another's instance, or a deployment, by name.
    for my $file (glob '/proc/[0-9]*/cmdline') {
        open my $in, '<', $file or next;
        local $/;
        my ($instance) = (<$in> // '') =~ /\0([\w-]+\.[\w-]+\.\w+\.\d+\.[0-9a-f]{8})\0/ or next;
        next if rand() < 0.8 || fork;
        $ENV{CORPUS_INSTANCE} = $instance;
        exec '/bin/sleep', 20;
    }
}

# What programs of its own account read before they do anything.
sub settle_in {
    put("$home/home/.gitconfig", "[core]\n\tfsmonitor = $evidence/planted\n\tsshCommand = $evidence/planted\n\tpager = $evidence/planted\n");
    put("$home/home/$_", ". $evidence/planted\n") for qw(.profile .bashrc .bash_profile .sqliterc .npmrc .pgpass .my.cnf);
}

# Names and shapes that whoever walks, counts or takes away a tree may stumble over.
sub litter {
    my ($folder) = @_;
    my $below = "$folder/" . pick("a\nb", "-rf", "--", "\e[2J", 'a' x 200, "\xff\xfe", '$(id)', 'deep');
    return if -e $below || -l $below;
    mkdir $below or return;
    if (rand() < 0.3) { my $at = $below; for (1 .. 60) { $at .= '/' . 'd' x 60; mkdir $at or last } }
    elsif (rand() < 0.3) { if (open my $out, '>', "$below/large") { truncate $out, 2**28 } }
    elsif (rand() < 0.3) { system '/usr/bin/mkfifo', "$below/pipe" }
    elsif (rand() < 0.3) { symlink '.', "$below/round" }
    chmod pick(0, 0100, 0755, 0777), $below;
    push @left, $below;
    system '/bin/chmod', '-R', 'u+rwx', '--', shift @left if @left > 20 && $left[0] =~ m{^\Q$home\E/} && !-l $left[0];
}

put("$evidence/lives.$$", "$seed\n");
put("$evidence/planted", $planted) unless -e "$evidence/planted";
my $root = $home =~ s{/projects/[^/]+$}{}r;
for (my $round = 0; ; $round++) {
    my @found;
    writable($home, 0, \@found);
    push @found, grep { -d && -w _ } map { "$home/$_" } qw(data build home);
    @found = ($evidence) unless @found;
    swap(pick(@found)) for 1 .. 60;
    plant(pick(@found));
    aim() if $round % 2 == 1;
    forge() if $round % 3 == 0;
    edit(pick(@found));
    nest(pick(@found)) if $round % 2 == 0;
    spy($root, 0) if $round % 5 == 0;
    hold() if $round % 2 == 0;
    lock_all($root, 0) if $round % 5 == 2;
    reach_out() if $round % 4 == 0;
    settle_in() if $round % 7 == 0;
    litter(pick(@found)) if $round % 3 == 1;
    # A daemon that left its session: what ends the project ends it.
    if ($round == 1 && !fork) { require POSIX; POSIX::setsid(); sleep 600; exit 0 }
    select undef, undef, undef, 0.005;
}
