/** What holds the processes of a build together within limits of memory and CPU: as much as this machine allows. */
import { isRoot } from './account.ts'
import { type ControlGroups, controlGroup, controlGroups } from './control-group.ts'
import { type Limits, usualProcesses } from './limits.ts'
import { killCarrying, type Mark, raiseCarrying } from './marked.ts'
import { scope } from './scope.ts'
import type { Shell } from './shell.ts'
import { isBootedWithSystemd } from './systemd.ts'

export interface Enclosure {
  /** Words in front of a command that is to run inside. */
  words(): readonly string[]
  /** How often the kernel killed a process inside for want of memory. */
  kills(): number
  /** How often the kernel refused another process inside. */
  refusals(): number
  /** `mark` is in the environment of what was started, unless somebody took it out. */
  killAll(mark: Mark): void
  /** What is left inside when a command has ended is a daemon: it lives on without limits, as far as we may say so. */
  letGo(mark: Mark): void
  close(): void
  /** What of the limits is not held, a sentence each. */
  readonly lacks: readonly string[]
}

/** How limits are held here: of all processes of a build together, of each of them alone, or not at all. */
export interface Means {
  readonly by: 'systemd' | 'control groups' | 'prlimit'
  readonly memory: 'together' | 'each process'
  readonly cpu: 'together' | 'not at all'
}

/** Looks only. */
export function meansOfLimits(groups: ControlGroups = controlGroups()): Means {
  if (isBootedWithSystemd()) return { by: 'systemd', memory: 'together', cpu: 'together' }
  const memory = groups.memory === undefined ? 'each process' : 'together'
  const cpu = groups.cpu === undefined ? 'not at all' : 'together'
  return { by: (groups.memory ?? groups.cpu) ? 'control groups' : 'prlimit', memory, cpu }
}

/** `id` tells it from others of this machine. */
export function openEnclosure(shell: Shell, limits: Limits, id: string): Enclosure {
  const asked = limits.memoryBytes !== null || limits.cpus !== null || limits.processes !== null
  if (isBootedWithSystemd()) return asked ? scope(shell, limits, id) : eachProcess(limits)
  const group = controlGroup(controlGroups(), limits, id)
  if (group === null) return eachProcess(limits)
  const { memory, cpu, pids } = group.holds
  const alone = eachProcess(
    {
      ...limits,
      memoryBytes: memory ? null : limits.memoryBytes,
      cpus: cpu ? null : limits.cpus,
      processes: pids ? null : limits.processes,
    },
    pids,
  )
  return { ...group, words: () => [...group.words(), ...alone.words()], lacks: alone.lacks }
}

/** The kernel's limit on the data of one process: it refuses memory to one that asks for more, and knows nothing of the others. */
function eachProcess({ memoryBytes, cpus, nice, processes }: Limits, areCounted = false): Enclosure {
  // Of the account, all that it runs: an ordinary user has more than builds.
  const most = areCounted ? null : (processes ?? (isRoot() ? usualProcesses : null))
  const options = [
    ...(memoryBytes === null ? [] : [`--data=${memoryBytes}`]),
    ...(most === null ? [] : [`--nproc=${most}`]),
  ]
  const words = options.length === 0 ? [] : ['/usr/bin/prlimit', ...options, '--']
  return {
    words: () => words,
    kills: () => 0,
    refusals: () => 0,
    killAll: killCarrying,
    letGo: mark => (nice === 0 || !isRoot() ? undefined : raiseCarrying(mark)),
    close: () => {},
    lacks: [
      ...(memoryBytes === null ? [] : [`build.memory holds for each process alone: ${why}`]),
      ...(cpus === null ? [] : [`build.cpu is not held: ${why}`]),
    ],
  }
}

const why = 'there is no control group here that we may use'
