/** The prepared copy of the tree that runs: the next deployment starts from it and pays only for what changed. */
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type FileName, inputOf, namesIn, pathTo } from '../kernel/file-names.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import type { Shell } from '../shell/shell.ts'
import { said } from './git.ts'
import { give, giveNames, giveTop, type Owner } from './owner.ts'
import { adminFolder, commonFolder, editedFiles, gitOfTree, indexFile, type TreePlace } from './tree.ts'

/**
 * How the files of a copy relate to the original.
 * `linked`: hard links, for trees on which nothing runs that could write in place. `copied`: files of their own (reflinks where the file system has them).
 */
export type CopyKind = 'linked' | 'copied'

export interface SpareOrigin {
  /** The release that was copied, its commit and how. */
  readonly release: string
  readonly commit: string
  readonly kind: CopyKind
}

/** Says what a spare is a copy of. */
const originName = 'copy-of'
/** That, while git brings the spare to another commit. */
const movingName = 'moving'

/** While this runs, and ever after where it is cut short, the spare is a copy of nothing. */
export function beginMoving(spare: string): void {
  renameSync(join(spare, originName), join(spare, movingName))
}

/** It is what it was again. */
export function endMoving(spare: string): void {
  renameSync(join(spare, movingName), join(spare, originName))
}

export const spareIndex = (spare: string): string => join(spare, 'git', 'index')

/**
 * Copies the committed files of a tree to `<spare>/project`, with an index that fits: neither what a build made nor what
 * was edited in place goes along. Gives up quietly, leaving nothing, when
 * `unwanted` says so. `dress` adds what every new tree gets. Returns whether it is there.
 */
export async function prepareSpare(
  shell: Shell,
  spare: string,
  from: TreePlace,
  origin: SpareOrigin,
  owner: Owner | null,
  options: { unwanted?: () => boolean; dress?: (tree: string) => void } = {},
): Promise<boolean> {
  const making = `${spare}.making`
  rmSync(making, { recursive: true, force: true })
  rmSync(spare, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  const git = gitOfTree(shell, from)
  const edited = new Set(await editedFiles(git))
  if (edited.size === 0) settleIndex(indexFile(from))
  const args = ['ls-files', '-z', '--stage']
  const listed = await git.outcome(args, { keepBytes: 1 << 30 })
  said(listed, args)
  const entries = namesIn(listed.stdout)
  const target = join(making, 'project')
  mkdirSync(target)
  if (owner) giveTop(target, owner)
  const made = new Set<FileName>(['.'])
  for (const [at, entry] of entries.entries()) {
    if (at % 256 === 0 && ((await nextTurn()) || options.unwanted?.())) {
      rmSync(making, { recursive: true, force: true })
      return false
    }
    const name = entry.slice(entry.indexOf('\t') + 1)
    // Of a submodule its folder, as git makes it.
    const isSubmodule = entry.startsWith('160000')
    makeParents(isSubmodule ? name : dirname(name), target, made, owner)
    if (isSubmodule || edited.has(name)) continue
    const isOwn = copyEntry(pathTo(from.tree, name), pathTo(target, name), origin.kind)
    if (owner && isOwn) give(pathTo(target, name), name, owner)
  }
  mkdirSync(join(making, 'git'))
  writeWhole(join(making, 'git', 'commondir'), commonFolder)
  copyFileSync(indexFile(from), spareIndex(making))
  if (edited.size > 0) await putBack(shell, from, making, [...edited], owner)
  options.dress?.(target)
  writeWhole(join(making, originName), JSON.stringify(origin))
  renameSync(making, spare)
  return true
}

/** What the spare is a copy of, or undefined where there is none (or half of one). */
export function spareOrigin(spare: string): SpareOrigin | undefined {
  const text = textIfThere(join(spare, originName))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as SpareOrigin
  } catch {
    return undefined
  }
}

/**
 * The spare becomes the folder in which a new tree lives, index and all. It leaves its place in one step: half a spare is
 * never found there.
 */
export function takeSpare(spare: string, place: TreePlace): void {
  const home = dirname(place.tree)
  mkdirSync(dirname(adminFolder(place)), { recursive: true })
  rmSync(adminFolder(place), { recursive: true, force: true })
  try {
    renameSync(spare, home)
  } catch (error) {
    // Something of the release is there already.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    if (existsSync(join(spare, originName))) beginMoving(spare)
    rmSync(place.tree, { recursive: true, force: true })
    renameSync(join(spare, 'project'), place.tree)
    renameSync(join(spare, 'git'), adminFolder(place))
    rmSync(spare, { recursive: true, force: true })
    return
  }
  renameSync(join(home, 'git'), adminFolder(place))
  for (const name of [originName, movingName]) rmSync(join(home, name), { force: true })
}

/** Gives a tree files of its own: whatever shares its inode with another release's tree is copied. */
export function breakLinks(tree: string | Buffer): void {
  for (const name of readdirSync(tree, 'buffer')) {
    const path = pathTo(tree, name)
    const entry = lstatSync(path)
    if (entry.isDirectory()) breakLinks(path)
    else if (entry.isFile() && entry.nlink > 1) {
      const copy = Buffer.concat([path, Buffer.from(`.${process.pid}.own`)])
      copyEntry(path, copy, 'copied')
      lchownSync(copy, entry.uid, entry.gid)
      renameSync(copy, path)
    }
  }
}

/**
 * Whoever compares reads again what was written in the second of its index, of a first checkout nearly all of it. When that
 * has been seen to be as committed, and is old enough for a change to show in its time, a younger index says so.
 */
function settleIndex(index: string): void {
  const now = new Date()
  if (now.getTime() - statSync(index).mtimeMs > 2_000) utimesSync(index, now, now)
}

async function nextTurn(): Promise<boolean> {
  await new Promise(resolve => setImmediate(resolve))
  return false
}

/** As git makes them: what a release made of the modes of its own is its own. */
function makeParents(folder: FileName, target: string, made: Set<FileName>, owner: Owner | null): void {
  if (made.has(folder)) return
  makeParents(dirname(folder), target, made, owner)
  mkdirSync(pathTo(target, folder))
  if (owner) give(pathTo(target, folder), folder, owner)
  made.add(folder)
}

/** Returns whether the copy is a file of its own. */
function copyEntry(from: Buffer, to: Buffer, kind: CopyKind): boolean {
  const entry = lstatSync(from)
  if (entry.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, 'buffer'), to)
  } else if (kind === 'linked') {
    linkSync(from, to)
    return false
  } else {
    copyFileSync(from, to, constants.COPYFILE_FICLONE)
    chmodSync(to, entry.mode & 0o100 ? 0o755 : 0o644)
  }
  // git knows an unchanged file by its time and size.
  lutimesSync(to, entry.atime, entry.mtime)
  return true
}

/** Writes the committed content of files that were edited in the original. */
async function putBack(
  shell: Shell,
  from: TreePlace,
  making: string,
  names: readonly FileName[],
  owner: Owner | null,
): Promise<void> {
  const tree = join(making, 'project')
  const args = ['checkout-index', '-f', '-u', '-z', '--stdin']
  const ended = await shell.run({
    argv: ['git', ...args],
    cwd: tree,
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_DIR: from.projectGit,
      GIT_WORK_TREE: tree,
      GIT_INDEX_FILE: spareIndex(making),
    },
    input: inputOf(names),
  })
  said(ended, args)
  if (owner) giveNames(tree, names, owner)
}
