/** Whose the files of a tree are: the account's that the application runs as, but for what root reads again later. */
import { chmodSync, chownSync, lchownSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type FileName, pathTo } from '../kernel/file-names.ts'
import { entryIfThere } from '../kernel/files.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
  /**
   * A folder at the top of the tree that stays root's: what is in it, root runs. The top stays root's with it, as /tmp is:
   * the account makes files there, and puts nothing in the place of that folder.
   */
  readonly rootKeeps?: string
}

/** One file, or a folder without what is in it. */
export function give(path: Buffer, name: FileName, owner: Owner): void {
  if (!isRoots(name, owner)) lchownSync(path, owner.uid, owner.gid)
}

export function giveTop(tree: string, { uid, gid, rootKeeps }: Owner): void {
  chownSync(tree, rootKeeps === undefined ? uid : 0, gid)
  if (rootKeeps !== undefined) chmodSync(tree, 0o1775)
}

/** All that root made in a tree. */
export function giveAll(tree: string, owner: Owner): void {
  giveBelow(Buffer.from(tree), owner, owner.rootKeeps)
  giveTop(tree, owner)
}

function giveBelow(folder: Buffer, owner: Owner, except?: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    if (except !== undefined && entry.name.equals(Buffer.from(except))) continue
    const path = pathTo(folder, entry.name)
    lchownSync(path, owner.uid, owner.gid)
    if (entry.isDirectory()) giveBelow(path, owner)
  }
}

/** Some names in a tree, with the folders that were made for them. */
export function giveNames(tree: string, names: readonly FileName[], owner: Owner): void {
  const seen = new Set<FileName>(['.'])
  for (const name of names) {
    const path = pathTo(tree, name)
    if (entryIfThere(path)) give(path, name, owner)
    for (let folder = dirname(name); !seen.has(folder); folder = dirname(folder)) {
      seen.add(folder)
      give(pathTo(tree, folder), folder, owner)
    }
  }
}

/** Takes back for root what is root's, of a tree that is the account's as a whole. */
export function takeRoots(tree: string, owner: Owner): void {
  if (owner.rootKeeps === undefined) return
  giveTop(tree, owner)
  const path = pathTo(tree, owner.rootKeeps)
  if (entryIfThere(path) === undefined) return
  // The folder first: from then on nobody else changes what is in it, nor what it is.
  lchownSync(path, 0, 0)
  if (entryIfThere(path)?.isDirectory()) giveBelow(path, { uid: 0, gid: 0 })
}

const isRoots = (name: FileName, { rootKeeps }: Owner): boolean =>
  rootKeeps !== undefined && (name === rootKeeps || name.startsWith(`${rootKeeps}/`))
