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
[ -e main ] && /bin/sh ./sweep
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
/bin/sh ./sweep "$(cat main)"
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

/** `sweep [GROUP]`: ends what is left of the instance, by its mark, its control group and its process group: TERM, two seconds, KILL. */
export function sweepScript(instance: Instance): string {
  return `#!/bin/sh
marked() { grep -lszxF ${marker}=${instance.name} /proc/[0-9]*/environ | sed 's|/proc/||;s|/environ||' | while read -r pid; do ${isOfInstance(instance)}echo $pid; done; }
left() { for pid in $(marked) $(cat "$(cat group 2>/dev/null)/cgroup.procs" 2>/dev/null); do case $(sed 's/.*) //' /proc/$pid/stat 2>/dev/null) in ''|Z*|X*) ;; *) echo $pid;; esac; done; }
end() { for pid in $(left); do kill -$1 $pid 2>/dev/null; done; [ -n "$group" ] && kill -$1 -$group 2>/dev/null; }
there() { [ -n "$(left)" ] || living; }
# A zombie is no member.
living() { [ -n "$group" ] && kill -0 -$group 2>/dev/null && sed "s/.*) //" /proc/[0-9]*/stat 2>/dev/null | grep -q "^[^ZX] [0-9]* $group "; }
group=$1
there || exit 0
end TERM
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do there || exit 0; sleep 0.1; done
end KILL
exit 0
`
}

/** Anybody can put the mark into an environment. */
const isOfInstance = ({ account }: Instance): string =>
  account === null ? '' : `grep -Eqs '^Uid:.*[[:space:]]${account.uid}[[:space:]]' /proc/$pid/status && `

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
