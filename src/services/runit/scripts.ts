/** The scripts that runit runs for an instance: fixed text, with the instance's own values as quoted words. */
import { dropOf } from '../../shell/behind.ts'
import { usualProcesses } from '../../shell/limits.ts'
import { program, systemPath } from '../../shell/programs.ts'
import { quoted } from '../environment.ts'
import type { Instance } from '../instance.ts'
import { marker } from '../launch.ts'
import { joinGroup } from './group.ts'

/** A process that lived this long starts again at once when it dies; one that lived shorter waits, ever longer. */
const steadySeconds = 10
const longestBackOffSeconds = 30

const ourPath = systemPath

/** `run`: ends what an earlier life left, then becomes the launcher in a session, with limits and as the account of the instance. */
export function runScript(instance: Instance, uid: number): string {
  const account = instance.account
  const changes = account !== null && account.uid !== uid
  // Of processes the kernel counts all that the account runs: an ordinary user runs more than this.
  const processes = instance.processes ?? (changes ? usualProcesses : null)
  const limits = [
    ...(instance.memoryBytes === null ? [] : [`--data=${instance.memoryBytes}`]),
    ...(processes === null ? [] : [`--nproc=${processes}`]),
  ]
  const words = [
    program('env'), '-i', `PATH=${ourPath}`, `${marker}=${instance.name}`, program('chpst'), '-P',
    ...(limits.length === 0 ? [] : [program('prlimit'), ...limits, '--']),
    ...(changes ? dropOf({ user: account }) : []),
    '/bin/sh', './launch',
  ] // biome-ignore format: a command line
  return `#!/bin/sh
exec 2>&1
PATH=${ourPath}
[ -e main ] && ./sweep
${joinGroup}
echo $$ > main
: > started
umask 022
exec ${words.map(word => quoted(word).toString()).join(' ')}
`
}

/** `finish`: notes how the process ended, ends its children, and waits before runsv starts it again. */
export const finishScript = `#!/bin/sh
PATH=${ourPath}
echo "$1 $2" > last-exit
# It is being stopped: who does that gives what is left its grace.
[ -e down ] && exit 0
./sweep "$(cat main)"
count=$(cat restarts 2>/dev/null || echo 0)
echo $((count + 1)) > restarts.new && mv restarts.new restarts
lived=$(( $(date +%s) - $(stat -c %Y started) ))
quick=$(cat quick 2>/dev/null || echo 0)
if [ "$lived" -ge ${steadySeconds} ]; then quick=0; else quick=$((quick + 1)); fi
echo $quick > quick
# The first death costs no wait; after that 1, 2, 4 ... seconds.
[ $quick -le 1 ] && exit 0
delay=1
while [ $quick -gt 2 ] && [ $delay -lt ${longestBackOffSeconds} ]; do delay=$((delay * 2)); quick=$((quick - 1)); done
[ $delay -gt ${longestBackOffSeconds} ] && delay=${longestBackOffSeconds}
exec sleep $delay
`

/**
 * `sweep [GROUP]`: ends what is left of the instance, by its mark, its control group and its process group: TERM, two seconds, KILL.
 * Anybody can put the mark into an environment, and a group's number may be another's by now: they count for processes of the
 * account. A name of a process may hold brackets and line breaks, so that each file is read as a whole.
 */
export function sweepScript(instance: Instance): string {
  const uid = instance.account === null ? '' : String(instance.account.uid)
  return `#!${program('perl')}
my ($mark, $uid) = ('${marker}=${instance.name}', '${uid}');
# What is no number of a group would mean every process.
my ($group) = ($ARGV[0] // '') =~ /^([2-9]|[1-9]\\d+)$/;
sub text { open my $in, '<', $_[0] or return ''; local $/; <$in> // '' }
# A zombie is none.
sub group_of { my ($state, $of) = text("/proc/$_[0]/stat") =~ /.*\\) (\\S) \\d+ (\\d+) /s or return; $state =~ /[ZX]/ ? () : $of }
sub is_marked { my %words = map { $_ => 1 } split /\\0/, text("/proc/$_[0]/environ"); $words{$mark} }
sub is_own { $uid eq '' || text("/proc/$_[0]/status") =~ /^Uid:.*\\s$uid\\s/m }
sub left {
    my ($folder) = text('group') =~ m{^(/.+)};
    my %grouped = map { $_ => 1 } split ' ', defined $folder ? text("$folder/cgroup.procs") : '';
    my @left;
    for my $pid (map { m{(\\d+)$} } glob '/proc/[0-9]*') {
        my ($of) = group_of($pid) or next;
        next if $pid == 1 || $pid == $$;
        my $is_in_group = defined $group && $of eq $group;
        push @left, $pid if $grouped{$pid} || (($is_in_group || is_marked($pid)) && is_own($pid));
    }
    return @left;
}
# A whole group at once: what forks meanwhile gets it, too.
sub end { my ($signal, @left) = @_; kill $signal, @left; kill $signal, -$group if defined $group && grep { ((group_of($_))[0] // '') eq $group } @left }
my @left = left() or exit 0;
end('TERM', @left);
for (1 .. 20) { left() or exit 0; select undef, undef, undef, 0.1 }
end('KILL', left());
`
}

/** \`control/*\`: signals to the whole process group are sent by us; runsv shall send none of its own. */
export const controlScript = `#!/bin/sh
exit 0
`

/** `log/run`: svlogd with times in UTC. */
export function logScript(folder: string): string {
  return `#!/bin/sh
PATH=${ourPath}
exec ${program('svlogd')} -ttt ${quoted(folder)}
`
}

export interface LogCap {
  readonly fileBytes: number
  readonly files: number
}

export const usualLogCap: LogCap = { fileBytes: 5_000_000, files: 3 }

/** svlogd's `config`: so many old files beside the one being written. */
export function logConfig(cap: LogCap): string {
  return `s${cap.fileBytes}\nn${cap.files}\n`
}
