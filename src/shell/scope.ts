/** Limits under systemd: each command in a scope of its own, that the manager makes (a user's own, without root). */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { textIfThere } from '../kernel/files.ts'
import { isRoot } from './account.ts'
import type { Enclosure } from './enclosure.ts'
import { type Limits, usualProcesses } from './limits.ts'
import { isCarried, raiseCarrying } from './marked.ts'
import type { Program } from './programs.ts'
import type { Shell } from './shell.ts'
import { runtimeFolder } from './systemd.ts'

export function scope(shell: Shell, limits: Limits, id: string): Enclosure {
  // What runs in front of the command may be root, and everybody reads its arguments: so the file lies where nobody else gets to.
  const folder = mkdtempSync(join(tmpdir(), 'corpus-scope-'))
  const report = join(folder, 'report')
  let count = 0
  const unit = () => `corpus-build-${id}-${count}.scope`
  const systemctl = (...words: string[]) =>
    shell.runSync({
      argv: [...toManager(), '/usr/bin/systemctl', ...manager(), '--quiet', ...words],
      timeoutSeconds: 20,
    })
  return {
    words() {
      count++
      return scopeVector(unit(), limits, report)
    },
    kills: () => countIn(report, 'oom_kill'),
    refusals: () => countIn(report, 'max'),
    killAll: () => void systemctl('kill', '--kill-who=all', '--signal=KILL', unit()),
    letGo(mark) {
      if (!isCarried(mark)) return
      systemctl('set-property', '--runtime', unit(), 'MemoryMax=infinity', 'TasksMax=infinity', 'CPUQuota=')
      if (isRoot()) raiseCarrying(mark)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
    lacks: [],
  }
}

/** A user's own manager is found by a variable, which neither cron nor the environment of a build has. */
const toManager = (): [Program, ...string[]] => [
  '/usr/bin/env',
  ...(isRoot() ? [] : [`XDG_RUNTIME_DIR=${runtimeFolder()}`]),
]

const manager = (): string[] => (isRoot() ? ['--system'] : ['--user'])

/** The scope is gone with its last process: a witness in it writes down what the kernel killed. */
const witness = `report=$1; shift
"$@"
status=$?
own() { sed -n "s/^[0-9]*:$1://p" /proc/self/cgroup; }
for file in "/sys/fs/cgroup$(own '')/memory.events" "/sys/fs/cgroup/memory$(own memory)/memory.oom_control"
do sed -n '/^oom_kill /p' "$file"; done >> "$report" 2>/dev/null
for file in "/sys/fs/cgroup$(own '')/pids.events" "/sys/fs/cgroup/pids$(own pids)/pids.events"
do sed -n '/^max /p' "$file"; done >> "$report" 2>/dev/null
exit $status`

export function scopeVector(unit: string, { memoryBytes, cpus, processes }: Limits, report: string): readonly string[] {
  const properties = [
    ...(memoryBytes === null ? [] : [`MemoryMax=${memoryBytes}`, 'MemorySwapMax=0']),
    ...(cpus === null ? [] : [`CPUQuota=${Math.max(1, Math.round(cpus * 100))}%`]),
    `TasksMax=${processes ?? usualProcesses}`,
  ]
  return [
    ...toManager(), '/usr/bin/systemd-run', ...manager(), '--scope', '--quiet', '--collect', `--unit=${unit}`,
    ...properties.map(property => `--property=${property}`), '--',
    '/bin/sh', '-c', witness, 'sh', report,
  ] // biome-ignore format: a command line
}

/** Lines such as `oom_kill 1`, one for each time that the witness looked. */
function countIn(report: string, word: string): number {
  return (textIfThere(report) ?? '')
    .split('\n')
    .reduce((sum, line) => sum + (line.startsWith(`${word} `) ? Number(line.slice(word.length + 1)) : 0), 0)
}
