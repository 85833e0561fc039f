/**
 * Whose the files of a tree are. It is given away where nobody but root reaches it, before it is handed over: afterwards root
 * changes nothing in it any more.
 */
import { lchownSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { type FileName, namesIn, pathTo } from '../kernel/file-names.ts'
import { entryIfThere } from '../kernel/files.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { said } from './git.ts'
import { linksInIndex } from './index-file.ts'
import { gitOfTree, indexFile, type TreePlace } from './tree.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export const root: Owner = { uid: 0, gid: 0 }

/** All of a tree, by a program that walks it by opened folders. */
export async function giveWhole(shell: Shell, tree: string, { uid, gid }: Owner, signal?: AbortSignal): Promise<void> {
  const argv = ['chown', '--recursive', '--no-dereference', `${uid}:${gid}`, '--', tree] as const
  said(await shell.run({ argv: [program('chown'), ...argv.slice(1)], cwd: '/', ...(signal ? { signal } : {}) }), argv)
}

/** Some names in a tree, with the folders that they are in; names that are not there are left out. */
export function giveNames(tree: string, names: readonly FileName[], { uid, gid }: Owner): void {
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
export async function giveLeadingOut(shell: Shell, place: TreePlace, { uid, gid }: Owner): Promise<void> {
  for (const name of await linksOf(shell, place)) {
    const path = pathTo(place.tree, name)
    if (entryIfThere(path)?.isSymbolicLink() && leadsOut(name, readlinkSync(path, 'latin1'))) lchownSync(path, uid, gid)
  }
}

/** Also where only what stands on the way says where a link leads: `..` after a name. */
function leadsOut(name: FileName, target: string): boolean {
  if (target.startsWith('/')) return true
  const parts = target.split('/').filter(part => part !== '' && part !== '.')
  const ups = parts.findIndex(part => part !== '..')
  const up = ups < 0 ? parts.length : ups
  return up > name.split('/').length - 1 || parts.slice(up).includes('..')
}

async function linksOf(shell: Shell, place: TreePlace): Promise<readonly FileName[]> {
  const known = linksInIndex(readFileSync(indexFile(place)))
  if (known) return known
  const args = ['ls-files', '-z', '--stage']
  const ended = await gitOfTree(shell, place).outcome(args, { keepBytes: 1 << 30 })
  said(ended, args)
  return namesIn(ended.stdout).flatMap(line => (line.startsWith('120000') ? line.slice(line.indexOf('\t') + 1) : []))
}
