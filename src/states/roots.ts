/** The folders behind salt:// addresses, first match wins, and the extra ones that answer to a prefix. */

import { join, normalize } from 'node:path'
import { readdirSync, statSync } from './files.ts'

export interface FileRoots {
  readonly folders: readonly string[]
  /** The file behind `salt://a/b` or `a/b`; null where there is none. Never leaves the roots by `..`. */
  find(address: string): string | null
  /** The folder behind an address, of the first root that has it. */
  findFolder(address: string): string | null
  /** Whether a path lies inside one of the roots. */
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
  const first = (address: string, wanted: 'file' | 'folder') =>
    places(address).find(path => kindOf(path) === wanted) ?? null
  return {
    folders,
    find: address => first(address, 'file'),
    findFolder: address => first(address, 'folder'),
    holds: path => [...folders, ...mounts.values()].some(folder => normalize(path).startsWith(`${normalize(folder)}/`)),
    list: address => {
      const found = new Map<string, string>()
      for (const place of places(address)) {
        if (kindOf(place) !== 'folder') continue
        for (const name of filesBelow(place)) if (!found.has(name)) found.set(name, join(place, name))
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

function kindOf(path: string): 'file' | 'folder' | 'other' | 'none' {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 'none'
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path).map(inside => join(entry.name, inside))
    return entry.isFile() || (entry.isSymbolicLink() && kindOf(path) === 'file') ? [entry.name] : []
  })
}
