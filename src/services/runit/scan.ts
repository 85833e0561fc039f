/**
 * The supervisor of our runsv processes, in the place of runsvdir: that one looks at its folder once a second at most, so that a new
 * process would wait. This one looks as soon as its bell is rung, and fetches what applications leave behind.
 */

/**
 * Perl without a module, so that it is small. Its arguments: the folder, and the number of prctl(2) on this machine (0: not known).
 * It has the title of runsvdir, by which it is found. A bell is a byte in `own/bell`. SIGHUP ends all, SIGTERM only itself.
 */
export const scanScript = String.raw`
BEGIN { $^H |= 0x602 }
my ($home, $prctl) = @ARGV;
# Orphans become our children, and are fetched at once. (PR_SET_CHILD_SUBREAPER)
syscall($prctl, 36, 1, 0, 0, 0) if $prctl;
open(my $lock, '>>', "$home/own/running") or die "own/running: $!\n";
flock($lock, 2 | 4) or exit 0;
# A runsvdir of versions before: its runsv processes live on, and are ours from here on.
if (open(my $old, '<', "$home/pid")) {
    my $pid = int(<$old> || 0);
    kill 'TERM', $pid if $pid > 1 && (readlink("/proc/$pid/exe") || '') =~ m{/runsvdir$};
}
sysopen(my $bell, "$home/own/bell", 2 | 2048) or die "own/bell: $!\n";
# Down to its end, or the kernel shows the first word alone.
$0 = "runsvdir\0-P\0$home/service" . "\0" x 20_000;
my ($ended, %pid, %began) = (0);
$SIG{CHLD} = sub { syswrite $bell, 'c' };
$SIG{HUP} = sub { $ended = 1; syswrite $bell, 'h' };
open(my $own, '>', "$home/pid.new") or die "pid: $!\n";
print($own "$$\n") && close($own) && rename("$home/pid.new", "$home/pid") or die "pid: $!\n";
sub tell_runsv { my ($name, $file, $text) = @_; sysopen(my $pipe, "$home/service/$name/supervise/$file", 1 | 2048) or return 0; syswrite $pipe, $text if $text ne ''; 1 }
for (;;) {
    while ((my $dead = waitpid(-1, 1)) > 0) { $pid{$_} == $dead and delete $pid{$_} for keys %pid }
    my $wait = 5;
    opendir(my $folder, "$home/service") or exit 1;
    my %there = map { $_ => 1 } grep { !/^\./ && -d "$home/service/$_" } readdir $folder;
    if ($ended) { $pid{$_} ? kill('TERM', $pid{$_}) : tell_runsv($_, 'control', 'x') for keys %there; exit 0 }
    for my $name (keys %pid) { kill 'TERM', $pid{$name} unless $there{$name} }
    delete $began{$_} for grep { !$there{$_} } keys %began;
    for my $name (keys %there) {
        next if $pid{$name};
        # One of a supervisor before us has it.
        next if tell_runsv($name, 'ok', '');
        if (time - ($began{$name} || 0) < 1) { $wait = 1; next }
        $began{$name} = time;
        my $child = fork;
        if (!defined $child) { $wait = 1; next }
        if ($child) { $pid{$name} = $child; next }
        $SIG{$_} = 'DEFAULT' for 'CHLD', 'HUP';
        chdir "$home/service";
        exec 'setsid', 'runsv', $name;
        exit 1;
    }
    my $ready = '';
    vec($ready, fileno($bell), 1) = 1;
    sysread $bell, my $rung, 4096 if select($ready, undef, undef, $wait) > 0;
}
`

/** prctl(2) has another number on each kind of machine. */
export const prctlNumber = (architecture: string): number =>
  ({ x64: 157, ia32: 172, arm: 172, arm64: 167, riscv64: 167, loong64: 167, ppc64: 171, s390x: 172 })[architecture] ?? 0
