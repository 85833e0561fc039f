/** Control groups of the kernel, of both kinds, without systemd: a group for one build below our own, so that our limits hold for it too. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { setPriority } from 'node:os'
import { join, resolve } from 'node:path'
import type { Enclosure } from './enclosure.ts'
import { type Limits, usualProcesses } from './limits.ts'

/** The folder below which groups with a controller can be made, and which kind it is; absent where none can. */
export interface ControlGroups {
  readonly memory?: Place
  readonly cpu?: Place
  readonly pids?: Place
}

interface Place {
  readonly version: 1 | 2
  readonly folder: string
}

const controllers = ['memory', 'cpu', 'pids'] as const
type Controller = (typeof controllers)[number]

const prefix = 'corpus-build-'
/** Microseconds. */
const period = 100_000
/** A killed process leaves its group when the kernel is done with it. */
const patienceMilliseconds = 2_000

/** What `/proc` says of this process and its mounts; parameters are for tests. */
export function controlGroups(
  mounts = readIfThere('/proc/self/mountinfo'),
  own = readIfThere('/proc/self/cgroup'),
): ControlGroups {
  const found: { memory?: Place; cpu?: Place; pids?: Place } = {}
  for (const name of controllers) {
    const place = placeOf(name, mounts, own)
    if (place !== null) found[name] = place
  }
  return found
}

export type Held = Omit<Enclosure, 'lacks'> & { readonly holds: Readonly<Record<Controller, boolean>> }

/** Null where there is no group to be had. Without limits it still tells what belongs to the build. */
export function controlGroup(groups: ControlGroups, limits: Limits, id: string): Held | null {
  const wanted = { memory: limits.memoryBytes !== null, cpu: limits.cpus !== null, pids: true }
  const made = new Map<Controller, string>()
  const tryOne = (name: Controller) => {
    const folder = make(groups[name], name, id, limits)
    if (folder !== null) made.set(name, folder)
  }
  for (const name of controllers) if (wanted[name]) tryOne(name)
  if (made.size === 0) tryOne('memory')
  // With one hierarchy for both it is one group.
  const folders = [...new Set(made.values())]
  const [first] = folders
  if (first === undefined) return null
  const memory = made.get('memory')
  const pids = made.get('pids')
  return {
    holds: { memory: made.has('memory'), cpu: made.has('cpu'), pids: made.has('pids') },
    words: () => ['/bin/sh', '-c', enter, 'sh', ...folders.map(folder => join(folder, 'cgroup.procs')), '--'],
    kills: () => (memory === undefined ? 0 : killsIn(memory)),
    refusals: () => (pids === undefined ? 0 : refusalsIn(pids)),
    killAll: () => untilEmpty(first, pid => process.kill(pid, 'SIGKILL')),
    letGo: () => untilEmpty(first, pid => free(pid, folders)),
    close() {
      for (const folder of folders) remove(folder)
    },
  }
}

/** Puts the shell itself into the groups and becomes the command. */
const enter = 'for file; do shift; [ "$file" = -- ] && break; echo $$ > "$file" || exit 126; done; exec "$@"'

function make(place: Place | undefined, controller: Controller, id: string, limits: Limits): string | null {
  if (place === undefined) return null
  const folder = join(place.folder, `${prefix}${id}`)
  try {
    sweepDead(place.folder)
    const rows = settings[controller](place.version, limits)
    if (place.version === 2 && rows.length > 0) enable(place.folder, controller)
    mkdirSync(folder, { recursive: true })
    for (const { file, text, optional } of rows)
      if (!optional || existsSync(join(folder, file))) writeFileSync(join(folder, file), text)
    return folder
  } catch {
    remove(folder)
    return null
  }
}

interface Setting {
  readonly file: string
  readonly text: string
  readonly optional?: true
}

/** In the order in which they are written. Swap is no way out of the limit. */
const settings: Readonly<Record<Controller, (version: 1 | 2, limits: Limits) => readonly Setting[]>> = {
  memory(version, { memoryBytes }) {
    if (memoryBytes === null) return []
    const text = String(memoryBytes)
    return version === 2
      ? [
          { file: 'memory.max', text },
          { file: 'memory.swap.max', text: '0', optional: true },
        ]
      : [
          { file: 'memory.limit_in_bytes', text },
          { file: 'memory.memsw.limit_in_bytes', text, optional: true },
        ]
  },
  cpu(version, { cpus }) {
    if (cpus === null) return []
    const quota = String(Math.max(1000, Math.round(cpus * period)))
    return version === 2
      ? [{ file: 'cpu.max', text: `${quota} ${period}` }]
      : [
          { file: 'cpu.cfs_period_us', text: String(period) },
          { file: 'cpu.cfs_quota_us', text: quota },
        ]
  },
  // A thread counts as a process.
  pids: (_, { processes }) => [{ file: 'pids.max', text: String(processes ?? usualProcesses) }],
}

function placeOf(controller: Controller, mounts: string, own: string): Place | null {
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '/', mount = ''] = before.split(' ')
    const [kind, , options = ''] = after.split(' ')
    const version = kind === 'cgroup2' ? 2 : kind === 'cgroup' && options.split(',').includes(controller) ? 1 : null
    if (version === null) continue
    const folder = ownFolder(mount, root, ownPath(own, version === 2 ? '' : controller))
    if (version === 2 && !has(join(folder, 'cgroup.controllers'), controller)) continue
    if (isWritable(folder) && (version === 1 || canEnable(folder, controller))) return { version, folder }
  }
  return null
}

/** `4:memory:/a/b`: the path of our own group; the line of the second kind names no controller. */
function ownPath(own: string, controller: string): string {
  for (const line of own.split('\n')) {
    const [, names = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (names.split(',').includes(controller)) return path
  }
  return '/'
}

/** A mount may show only a part of the hierarchy; where our own group is outside of it, its top is what we have. */
function ownFolder(mount: string, root: string, path: string): string {
  const below = root === '/' ? path : path.startsWith(`${root}/`) ? path.slice(root.length) : '/'
  const folder = resolve(mount, `.${below}`)
  return existsSync(folder) ? folder : mount
}

/** A group that has processes gives no controllers to groups below it; only the root of all does. */
function canEnable(folder: string, controller: Controller): boolean {
  return has(join(folder, 'cgroup.subtree_control'), controller) || !existsSync(join(folder, 'cgroup.type'))
}

function enable(folder: string, controller: Controller): void {
  const file = join(folder, 'cgroup.subtree_control')
  if (!has(file, controller)) writeFileSync(file, `+${controller}`)
}

const has = (file: string, word: string): boolean => readIfThere(file).trim().split(/\s+/).includes(word)

/** `oom_kill 2`, in a file of another name for each kind. */
function killsIn(folder: string): number {
  const text = readIfThere(join(folder, 'memory.events')) || readIfThere(join(folder, 'memory.oom_control'))
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** `max 3`: how often no process could begin. */
const refusalsIn = (folder: string): number =>
  Number(/^max (\d+)$/m.exec(readIfThere(join(folder, 'pids.events')))?.[1] ?? 0)

/** What forks meanwhile is found the next time. */
function untilEmpty(folder: string, each: (pid: number) => void): void {
  for (let waited = 0; waited < patienceMilliseconds; waited += 10) {
    const pids = readIfThere(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        each(pid)
      } catch {
        // gone meanwhile
      }
    }
    pause(10)
  }
}

/** Back to the groups that ours are below, with the priority that everything has. */
function free(pid: number, folders: readonly string[]): void {
  for (const folder of folders) writeFileSync(join(folder, '..', 'cgroup.procs'), `${pid}`)
  setPriority(pid, 0)
}

/** A group goes only when its last process is gone. */
function remove(folder: string): void {
  for (let waited = 0; waited < patienceMilliseconds && existsSync(folder); waited += 10) {
    try {
      rmdirSync(folder)
    } catch {
      pause(10)
    }
  }
}

/** Groups whose maker was killed; those that still have processes stay until these are gone. */
function sweepDead(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    try {
      rmdirSync(join(folder, name))
    } catch {
      // in use
    }
  }
}

const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
