/**
 * Whose the files of a tree are. They are changed where nobody but root reaches the tree, before it is handed over: from then on root
 * changes nothing in it any more.
 */
import { existsSync, lchownSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type FileName, namesIn, pathTo } from '../kernel/file-names.ts'
import { entryIfThere } from '../kernel/files.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput } from './git.ts'
import { linksInIndex } from './index-file.ts'
import { leadingOut } from './leading-out.ts'
import { gitOfTree, indexFile, type TreePlace } from './tree.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export const root: Owner = { uid: 0, gid: 0 }

/** All of a tree, by a program that walks it by opened folders. */
export async function chownTree(shell: Shell, tree: string, { uid, gid }: Owner, signal?: AbortSignal): Promise<void> {
  const argv = ['chown', '--recursive', '--no-dereference', `${uid}:${gid}`, '--', tree] as const
  checkedOutput(
    await shell.run({ argv: [program('chown'), ...argv.slice(1)], cwd: '/', ...(signal ? { signal } : {}) }),
    argv,
  )
}

/** Some names in a tree, with the folders that they are in; names that are not there are left out. */
export function chownNames(tree: string, names: readonly FileName[], { uid, gid }: Owner): void {
  const seen = new Set<FileName>(['.'])
  for (const name of names) {
    const path = pathTo(tree, name)
    if (entryIfThere(path)) lchownSync(path, uid, gid)
    for (let folder = dirname(name); !seen.has(folder); folder = dirname(folder)) {
      seen.add(folder)
      lchownSync(pathTo(tree, folder), uid, gid)
    }
  }
}

/**
 * Links that lead out of a tree, of one that stays root's: nginx shows what they lead to only where that belongs to whom the
 * link belongs to.
 */
export async function chownLeadingOut(shell: Shell, place: TreePlace, { uid, gid }: Owner): Promise<void> {
  const { tree } = place
  // The index names what git brought, but not what is in submodules.
  const names = existsSync(join(tree, '.gitmodules')) ? linksBelow(tree) : await linksOf(shell, place)
  const links = new Map<FileName, string>()
  for (const name of names)
    if (entryIfThere(pathTo(tree, name))?.isSymbolicLink()) links.set(name, readlinkSync(pathTo(tree, name), 'latin1'))
  for (const name of leadingOut(links)) lchownSync(pathTo(tree, name), uid, gid)
}

/** Found in the tree, which nobody else reaches yet. */
function linksBelow(tree: string, below = ''): FileName[] {
  return readdirSync(below === '' ? tree : pathTo(tree, below), { encoding: 'latin1', withFileTypes: true }).flatMap(
    entry => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      return entry.isSymbolicLink() ? [name] : entry.isDirectory() ? linksBelow(tree, name) : []
    },
  )
}

/** Whether the commit that a tree was brought to has no links, as far as its index tells without asking git. */
export const hasNoLinks = (place: TreePlace): boolean => linksInIndex(readFileSync(indexFile(place)))?.length === 0

async function linksOf(shell: Shell, place: TreePlace): Promise<readonly FileName[]> {
  const known = linksInIndex(readFileSync(indexFile(place)))
  if (known) return known
  const args = ['ls-files', '-z', '--stage']
  const ended = await gitOfTree(shell, place).outcome(args, { keepBytes: 1 << 30 })
  checkedOutput(ended, args)
  return namesIn(ended.stdout).flatMap(line => (line.startsWith('120000') ? line.slice(line.indexOf('\t') + 1) : []))
}
