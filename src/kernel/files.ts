/** Files that are there whole or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { takeBlank, useBlanks } from './blanks.ts'
import { withRoom } from './room.ts'

let counter = 0
const beside = (path: string) => join(dirname(path), `.${process.pid}.${counter++}.new`)

/** Writes a file by rename(2), so that a reader or a crash sees the old text or the new. `durable` survives a power cut too. */
export function writeWhole(path: string, text: string | Uint8Array, options: WriteOptions = {}): void {
  withRoom(() => writeOnce(path, text, options))
}

interface WriteOptions {
  readonly mode?: number
  readonly durable?: boolean
}

function writeOnce(path: string, text: string | Uint8Array, options: WriteOptions): void {
  const mode = options.mode ?? 0o644
  const blank = takeBlank(path, mode)
  const temporary = blank?.name ?? beside(path)
  try {
    const file = blank?.file ?? openSync(temporary, 'wx', mode)
    try {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      if (options.durable) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    // Data may lie on a disk of its own, to which no file can be renamed.
    if (blank === null || (error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    useBlanks(null)
    writeOnce(path, text, options)
  }
}

/** Makes or replaces a symbolic link by rename(2): there is no moment without it. */
export function linkWhole(target: string, path: string): void {
  withRoom(() => linkOnce(target, path))
}

function linkOnce(target: string, path: string): void {
  const temporary = beside(path)
  symlinkSync(target, temporary)
  try {
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The text of a file, or undefined where there is none. */
export function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The text of a file whose name people give, undefined where there is none; null where something else than a file has it, a folder, or links that lead round and round. */
export function textIfFile(path: string): string | undefined | null {
  try {
    return textIfThere(path)
  } catch (error) {
    if (isNoFile(error)) return null
    throw error
  }
}

/** What a path leads to; `other` also for links that lead round and round, and for names that no file can have. */
export function kindAt(path: string): 'file' | 'folder' | 'other' | 'none' {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined ? 'none' : found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (isMissing(error)) return 'none'
    if (isNoFile(error)) return 'other'
    throw error
  }
}

/** A folder, links that lead round and round, or a name that no file can have. */
export const isNoFile = (error: unknown): boolean =>
  ['EISDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Where a link points, or undefined where there is no link. */
export function linkIfThere(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return undefined
    throw error
  }
}

/** The mapping in a JSON file, or undefined where there is no file; a damaged one throws SyntaxError. */
export function jsonIfThere<T>(path: string): T | undefined {
  const text = textIfThere(path)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

/** What stands there, a link itself, or undefined: also below something that is no folder. */
export function entryIfThere(path: string | Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Makes a folder where none is. Returns whether it was made. */
export function ensureFolder(path: string, mode = 0o755): boolean {
  if (existsSync(path)) return false
  makeFolders(path, mode)
  return true
}

/**
 * Makes a folder with its parents, one by one: `recursive` says of a read-only file system that something is missing, and
 * below /proc and its like it tries for ever. Another may make them at the same moment.
 */
export function makeFolders(path: string, mode = 0o777): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolders(dirname(path), mode)
  try {
    withRoom(() => mkdirSync(path, mode))
  } catch (error) {
    if (!isFolder(path)) throw error
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}
