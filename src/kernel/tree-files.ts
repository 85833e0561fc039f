/**
 * What a tree has, asked without following what an application may have put there: of a folder that nobody else writes to,
 * of a folder that an account writes to, or of a commit (`git/commit-files.ts`).
 */
import { entryBelow, inFolder, namesBelow, textBelow } from './beneath.ts'

/** Paths are relative to the top of the tree, with `/` between their parts. */
export interface TreeFiles {
  /** Whether a file, folder or link stands there. */
  has(path: string): boolean
  /** The text of a regular file, or undefined where there is none. A link is no file. */
  text(path: string): string | undefined
  /** The names in a folder, default the top, sorted; none where there is no folder. */
  names(folder?: string): readonly string[]
}

/** Of a folder, whosoever it is: no link is followed, and no file of a third is read. */
export function folderFiles(folder: string): TreeFiles {
  return {
    has: path => inFolder(folder, at => entryBelow(at, path) !== undefined) ?? false,
    text: path => inFolder(folder, at => textBelow(at, path)),
    names: path => inFolder(folder, at => namesBelow(at, path)) ?? [],
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
