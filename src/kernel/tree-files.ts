/**
 * What a tree has, asked without following what an application may have put there: of a folder that nobody else writes to,
 * of a folder that an account writes to, or of a commit (`git/commit-files.ts`).
 */
import { entryBelow, inFolder, namesBelow, textBelow } from './beneath.ts'
import { CorpusError } from './errors.ts'
import { shown } from './names.ts'

/** Paths are relative to the top of the tree, with `/` between their parts. */
export interface TreeFiles {
  /** Whether a file, folder or link stands there. */
  has(path: string): boolean
  /** The text of a regular file, or undefined where there is none. A link is no file. Throws APPLICATION_INVALID for one that is too large. */
  text(path: string): string | undefined
  /** The names in a folder, default the top, sorted; none where there is no folder. */
  names(folder?: string): readonly string[]
}

/** Of a folder, whosoever it is: no link is followed, and no file of a third is read. */
export function folderFiles(folder: string): TreeFiles {
  return {
    has: path => inFolder(folder, at => entryBelow(at, path) !== undefined) ?? false,
    text: path => inFolder(folder, at => smallEnough(path, () => textBelow(at, path, largestText))),
    names: path => inFolder(folder, at => namesBelow(at, path)) ?? [],
  }
}

/** What is looked into is no larger: lock files are some megabytes. */
export const largestText = 16 * 1024 * 1024

export const tooLarge = (path: string): CorpusError =>
  new CorpusError('APPLICATION_INVALID', `${shown(path)} has more than 16 MB: it is not read for what it says.`)

function smallEnough<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(path) : error
  }
}

/** A part of a tree as a tree of its own: `path: apps/web`. */
export function subtree(files: TreeFiles, path: string): TreeFiles {
  if (path === '' || path === '.') return files
  return {
    has: name => files.has(`${path}/${name}`),
    text: name => files.text(`${path}/${name}`),
    names: name => files.names(name === undefined || name === '.' ? path : `${path}/${name}`),
  }
}
