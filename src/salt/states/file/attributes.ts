/** Owner, group and mode of files: what they are, and what is done so that they are as wanted. */

import type { Shell } from '../../../shell/shell.ts'
import type { Args } from '../../definition/args.ts'
import { textOf } from '../../definition/values.ts'
import type { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { findAccount, findGroup } from '../../system/accounts.ts'
import { chmodSync, chownSync, lchownSync, lstatSync, type Stats, statSync } from '../../system/files.ts'

/** What is wanted of a file; null leaves it as it is. Names, or numbers as texts. */
export interface Ownership {
  readonly user: string | null
  readonly group: string | null
  /** Four octal digits. */
  readonly mode: string | null
}

export interface Attributes {
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
  readonly mode: string
}

/** Null where there is nothing of that name. */
export function statsOf(path: string, followLinks = true): Stats | null {
  try {
    return (
      (followLinks ? statSync(path, { throwIfNoEntry: false }) : lstatSync(path, { throwIfNoEntry: false })) ?? null
    )
  } catch (error) {
    // A file in the way of the path, or a name that is too long: nothing can be there.
    if (['ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

export function attributesOf(shell: Shell, path: string, followLinks = true): Attributes {
  const stats = followLinks ? statSync(path) : lstatSync(path)
  return {
    uid: stats.uid,
    gid: stats.gid,
    mode: modeText(stats.mode),
    // Looked up only where somebody asks: an account that /etc lacks costs a process.
    get user() {
      return userName(shell, stats.uid)
    },
    get group() {
      return groupName(shell, stats.gid)
    },
  }
}

export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

const names = new Map<string, string>()

export function userName(shell: Shell, uid: number): string {
  return remembered(`u${uid}`, () => findAccount(shell, uid)?.name ?? String(uid))
}
export function groupName(shell: Shell, gid: number): string {
  return remembered(`g${gid}`, () => findGroup(shell, gid)?.name ?? String(gid))
}
/** Only numbers 0 to 99, which no state makes or renames, are remembered. */
function remembered(key: string, find: () => string): string {
  if (key.length > 3) return find()
  const known = names.get(key)
  if (known !== undefined) return known
  const name = find()
  names.set(key, name)
  return name
}

export function uidOf(shell: Shell, user: string): number | null {
  if (/^\d+$/.test(user)) return Number(user)
  return findAccount(shell, user)?.uid ?? null
}
export function gidOf(shell: Shell, group: string): number | null {
  if (/^\d+$/.test(group)) return Number(group)
  return findGroup(shell, group)?.gid ?? null
}

/** The arguments user, group and mode of a state. */
export function ownershipOf(args: Args, modeName = 'mode'): Ownership {
  const owner = args.others.get('owner')
  const user = args.textOrNone('user') ?? (owner === undefined || owner === null ? null : textOf(owner))
  const mode = args.mode(modeName)
  return { user: user || null, group: args.textOrNone('group') || null, mode: mode === 'keep' ? null : mode }
}

/** What is wrong with the wanted owner and group; empty when both are there. In test mode they may come later. */
export function ownerFault(shell: Shell, { user, group }: Ownership, test: boolean): string {
  if (test) return ''
  const noUser = user !== null && uidOf(shell, user) === null ? `User ${user} is not available ` : ''
  const noGroup = group !== null && gidOf(shell, group) === null ? `Group ${group} is not available` : ''
  return noUser + noGroup
}

export interface Applied {
  /** What became, or would become, different: user, group, mode. */
  readonly changes: readonly (readonly ['user' | 'group' | 'mode', string])[]
  readonly faults: readonly string[]
  readonly before: Attributes
}

/** Makes owner, group and mode as wanted; in test mode only says what would change. */
export function applyOwnership(
  shell: Shell,
  path: string,
  wanted: Ownership,
  options: { readonly test: boolean; readonly followLinks?: boolean },
): Applied {
  const followLinks = options.followLinks ?? true
  const before = attributesOf(shell, path, followLinks)
  const changes: ['user' | 'group' | 'mode', string][] = []
  const faults: string[] = []
  const newUser = differing(wanted.user, () => before.user, before.uid)
  const newGroup = differing(wanted.group, () => before.group, before.gid)
  if ((newUser !== null || newGroup !== null) && !options.test) {
    const uid = newUser === null ? before.uid : uidOf(shell, newUser)
    const gid = newGroup === null ? before.gid : gidOf(shell, newGroup)
    tried(faults, `Failed to change user to ${newUser ?? newGroup}`, () => {
      if (uid === null || gid === null) throw new Error('no such account')
      if (followLinks) chownSync(path, uid, gid)
      else lchownSync(path, uid, gid)
    })
  }
  if (newUser !== null) changes.push(['user', newUser])
  if (newGroup !== null) changes.push(['group', newGroup])
  const isLink = !followLinks && lstatSync(path).isSymbolicLink()
  // Changing the owner may have cleared set-id bits.
  const present = changes.length && !options.test ? modeText(statsOf(path, followLinks)?.mode ?? 0) : before.mode
  if (wanted.mode !== null && !isLink && present !== wanted.mode) {
    const { mode } = wanted
    if (!options.test)
      tried(faults, `Failed to change mode to ${mode}`, () => {
        if (!/^[0-7]{4,5}$/.test(mode)) throw new Error('no mode')
        chmodSync(path, Number.parseInt(mode, 8))
      })
    if (before.mode !== mode) changes.push(['mode', mode])
  }
  return { changes: faults.length ? [] : changes, faults, before }
}

function tried(faults: string[], sentence: string, work: () => void): void {
  try {
    work()
  } catch {
    faults.push(sentence)
  }
}

function differing(wanted: string | null, name: () => string, id: number): string | null {
  if (wanted === null || wanted === String(id) || wanted === name()) return null
  return wanted
}

/** Adds what was applied to the changes of a state. */
export function record(changes: Dict, applied: Applied): void {
  for (const [key, value] of applied.changes) changes.set(key, value as Value)
}
