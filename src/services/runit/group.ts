/**
 * A control group an instance: what belongs to it is known to the kernel, also when it has left its session, its parent and its
 * environment. Root alone can make one, and not everywhere; without, an instance is known by its mark.
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isRoot } from '../../shell/account.ts'
import type { InstanceName } from '../instance.ts'
import type { Place } from '../place.ts'

/** In the folder of an instance: the folder of its group. */
export const groupFile = 'group'

/** Joins the group, in the script that becomes the process: an instance that cannot runs all the same. */
export const joinGroup = `if [ -e ${groupFile} ] && read -r group < ${groupFile}; then { [ -d "$group" ] || mkdir -p "$group"; echo $$ > "$group/cgroup.procs"; } 2> /dev/null; fi`

/** The folder of a new instance's group; null where there can be none. */
export function newGroup(place: Place, name: InstanceName): string | null {
  const groups = groupsOf(place)
  if (groups === null) return null
  try {
    const group = join(groups, name)
    mkdirSync(group, { recursive: true })
    return group
  } catch {
    // Among others, where somebody takes the folder of all away at this moment.
    return null
  }
}

/** The processes of an instance; null where it has no group. */
export function membersOf(folder: string): readonly number[] | null {
  try {
    const group = readFileSync(join(folder, groupFile), 'utf8').trim()
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return null
  }
}

/** Takes the group of an instance away, which has no process any more. */
export function removeGroup(group: string | null): void {
  if (group === null) return
  try {
    rmdirSync(group)
    // The last one takes the folder of all with it.
    rmdirSync(dirname(group))
  } catch {
    // The kernel is not done with its last process yet (`removeGroups` comes later), or others have a group.
  }
}

export function groupOf(folder: string): string | null {
  try {
    return readFileSync(join(folder, groupFile), 'utf8').trim()
  } catch {
    return null
  }
}

/** Takes away what is left of instances that are gone. */
export function removeGroups(place: Place, there: ReadonlySet<string>): void {
  const groups = groupsOf(place)
  if (groups === null || !existsSync(groups)) return
  for (const entry of readdirSync(groups, { withFileTypes: true }))
    if (entry.isDirectory() && !there.has(entry.name)) removeGroup(join(groups, entry.name))
}

/** Hierarchies that bind nothing by themselves, the one of today first. */
const kinds = ['cgroup2', 'name=systemd', 'freezer', 'pids']

function groupsOf(place: Place): string | null {
  const base = isRoot() ? baseFolder() : null
  return base && join(base, `corpus-${createHash('sha256').update(place.home).digest('hex').slice(0, 10)}`)
}

let base: string | null | undefined

function baseFolder(): string | null {
  base ??= kinds.map(kind => writableMount(kind)).find(one => one !== null) ?? null
  return base
}

/** `36 35 0:30 / /sys/fs/cgroup/pids rw,… - cgroup cgroup rw,pids`. */
function writableMount(kind: string): string | null {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , , mount = '', options = ''] = before.split(' ')
    const [type, , superOptions = ''] = after.split(' ')
    const fits = kind === 'cgroup2' ? type === kind : type === 'cgroup' && superOptions.split(',').includes(kind)
    if (!fits || options.split(',').includes('ro') || superOptions.split(',').includes('ro')) continue
    const trial = join(mount, `corpus-trial-${process.pid}`)
    try {
      mkdirSync(trial)
      rmdirSync(trial)
      return mount
    } catch {
      // read-only after all
    }
  }
  return null
}
