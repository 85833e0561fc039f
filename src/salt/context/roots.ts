/** The folders behind salt:// addresses, first match wins, and the extra ones that answer to a prefix. */

import { join, normalize } from 'node:path'
import { accountName } from '../../shell/account.ts'
import { readdirSync, realpathSync, statSync } from '../system/files.ts'
import { isGuarded, refused, writerOf } from '../system/way.ts'

export interface FileRoots {
  readonly folders: readonly string[]
  /**
   * The file behind `salt://a/b` or `a/b`; null where there is none. Never leaves the roots by `..`; and for root no link in
   * them leads to where an account may write: throws a Refusal.
   */
  find(address: string): string | null
  /** The folder behind an address, of the first root that has it. */
  findFolder(address: string): string | null
  /** Whether a path lies inside one of the roots; throws a Refusal as `find` does. */
  holds(path: string): boolean
  /** Files below an address over all roots, as addresses relative to it, sorted. */
  list(address: string): readonly { readonly name: string; readonly file: string }[]
}

/** `mounts` maps the first folders of an address (`makina-states/projects`) to a folder elsewhere. */
export function fileRoots(folders: readonly string[], mounts: ReadonlyMap<string, string> = new Map()): FileRoots {
  const places = (address: string): string[] => {
    const inside = insideOf(address)
    if (inside === null) return []
    const mounted = [...mounts]
      .filter(([prefix]) => inside === prefix || inside.startsWith(`${prefix}/`))
      .map(([prefix, folder]) => join(folder, inside.slice(prefix.length)))
    return [...folders.map(folder => join(folder, inside)), ...mounted]
  }
  const all = [...folders, ...mounts.values()]
  const first = (address: string, wanted: 'file' | 'folder') => {
    const path = places(address).find(one => kindOf(one) === wanted) ?? null
    if (path !== null) refuseForeign(path, all)
    return path
  }
  return {
    folders,
    find: address => first(address, 'file'),
    findFolder: address => first(address, 'folder'),
    holds(path) {
      if (!all.some(folder => normalize(path).startsWith(`${normalize(folder)}/`))) return false
      if (kindOf(path) !== 'none') refuseForeign(path, all)
      return true
    },
    list(address) {
      const found = new Map<string, string>()
      for (const place of places(address)) {
        if (kindOf(place) !== 'folder') continue
        refuseForeign(place, all)
        for (const { name, isLink } of filesBelow(place)) {
          if (isLink) refuseForeign(join(place, name), all)
          if (!found.has(name)) found.set(name, join(place, name))
        }
      }
      return [...found].map(([name, file]) => ({ name, file })).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
}

/** The address without its scheme and `?saltenv=`, or null where it would leave the roots. */
function insideOf(address: string): string | null {
  const bare = address.replace(/^salt:\/\//, '').replace(/\?(saltenv|env)=[^?]*$/, '')
  const inside = normalize(`/${bare}`).slice(1)
  return bare.split('/').includes('..') && normalize(bare).startsWith('..') ? null : inside.replace(/\/$/, '')
}

/** A folder that was named as a root is whose it is. What a link in it leads to lies where only root writes. */
function refuseForeign(path: string, folders: readonly string[]): void {
  if (!isGuarded()) return
  const name = realpathSync(path)
  if (name === normalize(path) || folders.some(folder => name.startsWith(`${realName(folder)}/`))) return
  const writer = writerOf(path)
  if (writer !== null)
    throw refused(path, `leads to ${name}, where ${accountName(writer)} may write: root takes nothing from there`)
}

/** Of a root that is not there: its own name. */
function realName(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) ? realpathSync(folder) : normalize(folder)
}

function kindOf(path: string): 'file' | 'folder' | 'other' | 'none' {
  let found: ReturnType<typeof statSync> | undefined
  try {
    found = statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // Links that lead round and round, and names that no file can have.
    if (!['ELOOP', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  if (!found) return 'none'
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
}

function filesBelow(folder: string): { readonly name: string; readonly isLink: boolean }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path).map(inside => ({ ...inside, name: join(entry.name, inside.name) }))
    const isLink = entry.isSymbolicLink()
    return entry.isFile() || (isLink && kindOf(path) === 'file') ? [{ name: entry.name, isLink }] : []
  })
}
