/** The prepared copy of the tree that runs: the next deployment starts from it and pays only for what changed. */
import {
  chmodSync,
  constants,
  copyFileSync,
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
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput, checkoutEnvironment } from './git.ts'
import { chownTree, type Owner } from './owner.ts'
import { adminFolder, commonFolder, editedFiles, gitOfTree, indexFile, type TreePlace } from './tree.ts'

/**
 * How the files of a copy relate to the original.
 * `linked`: hard links to files of root's, for trees on which nothing runs that could write in place. `copied`: files of their own,
 * for trees that are the account's.
 */
export type CopyKind = 'linked' | 'copied'

export interface PreparedOrigin {
  /** The release that was copied, its commit and how. */
  readonly release: string
  readonly commit: string
  readonly kind: CopyKind
  /** Whose the files of a copied one are; null where they are whose this process is. */
  readonly uid: number | null
  /** A name for what `addGenerated` added, with what it was added to; none where that is not known, or may be gone. */
  readonly generated?: string
}

/** Says what a prepared tree is a copy of. */
const originName = 'copy-of'
/** The name of that file while git brings the tree to another commit. */
const movingName = 'moving'

/** While this runs, and ever after where it is cut short, the prepared tree is a copy of nothing. */
export function beginMoving(preparedTree: string): void {
  renameSync(join(preparedTree, originName), join(preparedTree, movingName))
}

/** The tree is a copy of what it was a copy of before, but for the files that were added to it: git may have put files of a commit there, and taken them away. */
export function endMoving(preparedTree: string, { generated: _, ...origin }: PreparedOrigin): void {
  writeWhole(join(preparedTree, originName), JSON.stringify(origin))
  rmSync(join(preparedTree, movingName), { force: true })
}

export const preparedIndex = (preparedTree: string): string => join(preparedTree, 'git', 'index')

/**
 * Puts the committed files of a tree into `<preparedTree>/project`, with an index that fits: neither what a build made nor what was
 * edited in place goes along. Linked to the files of that tree, which are root's; copied out of git, so that nothing is read from
 * where others write. `addGenerated` adds what every new tree gets. Gives up, leaving nothing, once the signal is aborted. Returns whether it is there.
 */
export async function prepareTree(
  shell: Shell,
  preparedTree: string,
  from: TreePlace,
  origin: PreparedOrigin,
  owner: Owner | null,
  options: {
    signal?: AbortSignal
    addGenerated?: (tree: string) => void
    /** Gets a half made copy out of the way; default: deletes it here and now. */
    discard?: (folder: string) => Promise<void>
  } = {},
): Promise<boolean> {
  const { signal } = options
  const making = `${preparedTree}.making`
  rmSync(making, { recursive: true, force: true })
  rmSync(preparedTree, { recursive: true, force: true })
  const target = join(making, 'project')
  mkdirSync(target, { recursive: true })
  mkdirSync(join(making, 'git'))
  writeWhole(join(making, 'git', 'commondir'), commonFolder)
  try {
    if (origin.kind === 'linked') await linkFiles(shell, from, making, signal)
    else await checkOut(shell, from.projectGit, making, origin.commit, signal)
    options.addGenerated?.(target)
    if (owner && origin.kind === 'copied') await chownTree(shell, target, owner, signal)
    signal?.throwIfAborted()
  } catch (error) {
    if (signal?.aborted && options.discard) await options.discard(making)
    else rmSync(making, { recursive: true, force: true })
    if (signal?.aborted) return false
    throw error
  }
  writeWhole(join(making, originName), JSON.stringify(origin))
  renameSync(making, preparedTree)
  return true
}

/** Gives its room free; whoever writes into it ends with an error. */
export function discardPreparedTree(preparedTree: string): void {
  for (const folder of [preparedTree, `${preparedTree}.making`]) rmSync(folder, { recursive: true, force: true })
}

/** Where nothing is prepared: an empty tree, and no index. */
export function beginEmpty(preparedTree: string): void {
  rmSync(preparedTree, { recursive: true, force: true })
  mkdirSync(join(preparedTree, 'project'), { recursive: true })
}

async function checkOut(shell: Shell, projectGit: string, making: string, commit: string, signal?: AbortSignal) {
  const tree = join(making, 'project')
  const args = ['read-tree', '--reset', '-u', commit] as const
  checkedOutput(
    await shell.run({
      argv: [program('git'), ...args],
      cwd: tree,
      env: {
        ...checkoutEnvironment(),
        GIT_DIR: projectGit,
        GIT_WORK_TREE: tree,
        GIT_INDEX_FILE: preparedIndex(making),
      },
      ...(signal ? { signal } : {}),
    }),
    args,
  )
}

async function linkFiles(shell: Shell, from: TreePlace, making: string, signal?: AbortSignal): Promise<void> {
  const git = gitOfTree(shell, from)
  const edited = new Set(await editedFiles(git))
  if (edited.size === 0) settleIndex(indexFile(from))
  const args = ['ls-files', '-z', '--stage']
  const listed = await git.outcome(args, { keepBytes: 1 << 30, ...(signal ? { signal } : {}) })
  checkedOutput(listed, args)
  const target = join(making, 'project')
  const made = new Set<FileName>(['.'])
  for (const [at, entry] of namesIn(listed.stdout).entries()) {
    if (at % 256 === 0) {
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
    }
    const name = entry.slice(entry.indexOf('\t') + 1)
    // Of a submodule its folder, as git makes it.
    const isSubmodule = entry.startsWith('160000')
    makeParents(isSubmodule ? name : dirname(name), target, made)
    if (isSubmodule || edited.has(name)) continue
    linkEntry(pathTo(from.tree, name), pathTo(target, name))
  }
  copyFileSync(indexFile(from), preparedIndex(making))
  if (edited.size > 0) await putBack(shell, from, making, [...edited])
}

/** What the prepared tree is a copy of, or undefined where there is none (or half of one). */
export function preparedOrigin(preparedTree: string): PreparedOrigin | undefined {
  const text = textIfThere(join(preparedTree, originName))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as PreparedOrigin
  } catch {
    return undefined
  }
}

/** A tree is being made of the prepared one, or of an empty folder in its place: git keeps its index where it keeps those of trees. */
export function takeIndex(preparedTree: string, place: TreePlace): void {
  if (textIfThere(join(preparedTree, originName)) !== undefined) beginMoving(preparedTree)
  rmSync(adminFolder(place), { recursive: true, force: true })
  mkdirSync(dirname(adminFolder(place)), { recursive: true })
  if (statSync(join(preparedTree, 'git'), { throwIfNoEntry: false }))
    renameSync(join(preparedTree, 'git'), adminFolder(place))
}

/** The folder that the tree was made in becomes that of its release, in one step. Nothing of a release is there yet. */
export function handOver(preparedTree: string, home: string): void {
  rmSync(join(preparedTree, movingName), { force: true })
  mkdirSync(dirname(home), { recursive: true })
  renameSync(preparedTree, home)
}

/** Gives a tree files of its own: whatever shares its inode with another release's tree is copied. */
export function breakLinks(tree: string | Buffer): void {
  for (const name of readdirSync(tree, 'buffer')) {
    const path = pathTo(tree, name)
    const entry = lstatSync(path)
    if (entry.isDirectory()) breakLinks(path)
    else if (entry.isFile() && entry.nlink > 1) {
      const copy = Buffer.concat([path, Buffer.from(`.${process.pid}.own`)])
      copyFileSync(path, copy, constants.COPYFILE_FICLONE)
      chmodSync(copy, entry.mode & 0o100 ? 0o755 : 0o644)
      // git knows an unchanged file by its time and size.
      lutimesSync(copy, entry.atime, entry.mtime)
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

/** As git makes them: what a release made of the modes of its own is its own. */
function makeParents(folder: FileName, target: string, made: Set<FileName>): void {
  if (made.has(folder)) return
  makeParents(dirname(folder), target, made)
  mkdirSync(pathTo(target, folder))
  made.add(folder)
}

function linkEntry(from: Buffer, to: Buffer): void {
  const entry = lstatSync(from)
  if (entry.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, 'buffer'), to)
    lutimesSync(to, entry.atime, entry.mtime)
  } else linkSync(from, to)
}

/** Writes the committed content of files that were edited in the original. */
async function putBack(shell: Shell, from: TreePlace, making: string, names: readonly FileName[]): Promise<void> {
  const tree = join(making, 'project')
  const args = ['checkout-index', '-f', '-u', '-z', '--stdin'] as const
  const ended = await shell.run({
    argv: [program('git'), ...args],
    cwd: tree,
    env: {
      ...checkoutEnvironment(),
      GIT_DIR: from.projectGit,
      GIT_WORK_TREE: tree,
      GIT_INDEX_FILE: preparedIndex(making),
    },
    input: inputOf(names),
  })
  checkedOutput(ended, args)
}
