/** Keeps the newest of a folder's releases, and every one that is in use. */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Shell } from '../shell/shell.ts'
import { removeInBackground } from './remove.ts'

export interface Prune {
  readonly shell: Shell
  readonly folder: string
  /** How many of the newest stay; their names sort by time. */
  readonly keep: number
  /** Names that stay whatever their age. What a link in the folder points to stays too. */
  readonly inUse: Iterable<string>
  readonly trash: string
  /** Which names are candidates; default: all that are no links and do not begin with a dot. */
  readonly isCandidate?: (name: string) => boolean
}

/** Answers the names that were removed, oldest first. */
export async function prune(options: Prune): Promise<string[]> {
  const removed = pruned(options)
  for (const name of removed) await removeInBackground(options.shell, join(options.folder, name), options.trash)
  return removed
}

/** Which names `prune` would remove: for plans and rehearsals. */
export function pruned({ folder, keep, inUse, isCandidate = () => true }: Omit<Prune, 'shell' | 'trash'>): string[] {
  const names = listed(folder)
  const linked = names.filter(name => isLink(join(folder, name))).map(name => targetIn(folder, name))
  const stays = new Set([...inUse, ...linked])
  const candidates = names
    .filter(name => !name.startsWith('.') && !isLink(join(folder, name)) && isCandidate(name))
    .sort()
  const old = keep > 0 ? candidates.slice(0, -keep) : candidates
  return old.filter(name => !stays.has(name))
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw cause
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

/** The name in the folder that a link leads to, or into. */
function targetIn(folder: string, name: string): string {
  let target = resolve(folder, readlinkSync(join(folder, name)))
  while (dirname(target) !== resolve(folder) && target !== '/') target = dirname(target)
  return basename(target)
}
