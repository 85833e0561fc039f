/**
 * Files below a folder that another account may write to. Every step is taken from an opened folder and follows no link,
 * so that nobody can put something else in the way between a look and an act.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { isMissing } from './files.ts'

/** An open folder. Names below it are relative, their parts never `.`, `..` or empty. */
export interface OpenFolder {
  readonly fd: number
  /** Whose the folder was when it was opened: only this account's files are read, or root's own where that is asked for. */
  readonly uid: number
  close(): void
}

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const largestRead = 16 * 1024 * 1024

/**
 * Opens a folder, which may be anybody's and must be no link. Root gets there by no link of others either: where the kernel
 * calls what was opened by another name, the way is gone step by step.
 */
export function openFolder(path: string): OpenFolder {
  const fd = openSync(path, folderFlags)
  if (process.getuid?.() !== 0 || readlinkSync(`/proc/self/fd/${fd}`) === path) return opened(fd)
  closeSync(fd)
  const anywhere = openAnywhere(path)
  if (anywhere?.entry.isDirectory()) return opened(anywhere.fd)
  anywhere?.close()
  throw Object.assign(new Error(`ENOTDIR: a link is in the way, '${path}'`), { code: 'ENOTDIR', path })
}

/** Opens a folder below an open one, step by step. Throws ENOENT, ENOTDIR or ELOOP as the kernel does; a link is never followed. */
export function openBelow(folder: OpenFolder, name: string): OpenFolder {
  return opened(stepTo(folder, partsOf(name)))
}

/** What stands there, a link itself, or undefined. */
export function entryBelow(folder: OpenFolder, name: string): Stats | undefined {
  return withParent(folder, name, (at, last) => lstatSync(pathAt(at, last), { throwIfNoEntry: false }))
}

/**
 * The bytes of a regular file, or undefined where there is none: a link, a pipe, a device or a folder is none, nor is a file
 * that belongs to somebody else than the folder (a hard link to it could stand there). Throws RangeError above the limit.
 */
export function bytesBelow(folder: OpenFolder, name: string, maximumBytes = largestRead): Buffer | undefined {
  return withParent(folder, name, (at, last) => {
    const file = openIfThere(pathAt(at, last))
    if (file === undefined) return undefined
    try {
      const entry = fstatSync(file)
      if (!entry.isFile() || (entry.uid !== folder.uid && entry.uid !== process.getuid?.())) return undefined
      if (entry.uid !== folder.uid && entry.nlink > 1) return undefined
      if (entry.size > maximumBytes) throw new RangeError(`${name} has more than ${maximumBytes} bytes`)
      return readWhole(file, entry.size, maximumBytes)
    } finally {
      closeSync(file)
    }
  })
}

export function textBelow(folder: OpenFolder, name: string, maximumBytes?: number): string | undefined {
  return bytesBelow(folder, name, maximumBytes)?.toString('utf8')
}

/** The names in a folder below, sorted; none where there is no folder. `.` is the open folder itself. */
export function namesBelow(folder: OpenFolder, name = '.'): string[] {
  const at = name === '.' ? folder : openBelowIfThere(folder, name)
  if (at === undefined) return []
  try {
    return readdirSync(`/proc/self/fd/${at.fd}`).sort()
  } finally {
    if (at !== folder) at.close()
  }
}

/** Writes a file of its own (never into one that is there) and puts it in the place of whatever had that name. */
export function writeBelow(
  folder: OpenFolder,
  name: string,
  content: string | Uint8Array,
  options: { readonly mode?: number; readonly owner?: { readonly uid: number; readonly gid: number } } = {},
): void {
  withParent(folder, name, (at, last) => {
    const fresh = pathAt(at, `.${process.pid}.${Math.random().toString(36).slice(2)}.new`)
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const file = openSync(fresh, flags, 0o600)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
      fchmodSync(file, options.mode ?? 0o644)
      if (options.owner) fchownSync(file, options.owner.uid, options.owner.gid)
      renameSync(fresh, pathAt(at, last))
    } catch (error) {
      unlinkSync(fresh)
      throw error
    } finally {
      closeSync(file)
    }
  })
}

/** Makes a folder where none is, and gives it away. Throws EEXIST where something else has the name. */
export function makeFolderBelow(
  folder: OpenFolder,
  name: string,
  options: { readonly mode?: number; readonly owner?: { readonly uid: number; readonly gid: number } } = {},
): void {
  withParent(folder, name, (at, last) => {
    const path = pathAt(at, last)
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    mkdirSync(path, { mode: options.mode ?? 0o755 })
    if (options.owner) lchownSync(path, options.owner.uid, options.owner.gid)
  })
}

/** Takes away a file, a link or an empty folder; nothing where there is nothing. */
export function removeBelow(folder: OpenFolder, name: string): void {
  withParent(folder, name, (at, last) => {
    const path = pathAt(at, last)
    const entry = lstatSync(path, { throwIfNoEntry: false })
    if (entry?.isDirectory()) rmdirSync(path)
    else if (entry) unlinkSync(path)
  })
}

/** Opens a folder, works in it, and closes it; undefined where there is no folder. */
export function inFolder<T>(path: string, work: (folder: OpenFolder) => T): T | undefined {
  let folder: OpenFolder
  try {
    folder = openFolder(path)
  } catch (error) {
    if (isNone(error)) return undefined
    throw error
  }
  try {
    return work(folder)
  } finally {
    folder.close()
  }
}

/** What stands at a path of which others may own a part. */
export interface OpenEntry {
  /** For reading; of a file or a folder alone. */
  readonly fd: number
  readonly entry: Stats
  /** Whether nobody but root and whoever runs this could have put it there, or can write into it. */
  readonly isOurs: boolean
  close(): void
}

/**
 * Opens what stands at an absolute path. Links in folders that only root (or whoever runs this) writes to are followed;
 * from the first folder of others on, none is. Undefined where nothing is there, or neither a file nor a folder.
 */
export function openAnywhere(path: string): OpenEntry | undefined {
  if (!path.startsWith('/')) throw new RangeError(`${JSON.stringify(path)} is no absolute path`)
  const open = path.split('/').filter(part => part !== '' && part !== '.')
  let at = openSync('/', folderFlags)
  let isOurs = true
  let followed = 0
  try {
    for (;;) {
      const name = open.shift()
      const folder = fstatSync(at)
      if (name === undefined) return openedEntry(at, folder, isOurs)
      if (!folder.isDirectory()) return closed(at)
      // What lies above is asked by name again, for a folder may have been moved.
      if (name === '..' && !isOurs) return closed(at)
      const entry = lstatSync(pathAt(at, name), { throwIfNoEntry: false })
      if (entry === undefined) return closed(at)
      isOurs &&= holdsFor(folder, entry)
      if (entry.isSymbolicLink()) {
        if (!isOurs || ++followed > 40) return closed(at)
        const target = readlinkSync(pathAt(at, name))
        open.unshift(...target.split('/').filter(part => part !== '' && part !== '.'))
        if (!target.startsWith('/')) continue
        closeSync(at)
        at = openSync('/', folderFlags)
        continue
      }
      if (!entry.isFile() && !entry.isDirectory()) return closed(at)
      const next = openSync(pathAt(at, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      closeSync(at)
      at = next
    }
  } catch (error) {
    closeSync(at)
    if (isNone(error) || (error as NodeJS.ErrnoException).code === 'ENXIO') return undefined
    throw error
  }
}

/** The text of the regular file that stands at such a path; undefined where there is none. Throws RangeError above the limit. */
export function textAnywhere(path: string, maximumBytes = largestRead): string | undefined {
  const open = openAnywhere(path)
  if (open === undefined) return undefined
  try {
    return open.entry.isFile() ? readWhole(open.fd, open.entry.size, maximumBytes).toString('utf8') : undefined
  } finally {
    open.close()
  }
}

function closed(fd: number): undefined {
  closeSync(fd)
}

function openedEntry(fd: number, entry: Stats, isOurs: boolean): OpenEntry | undefined {
  if (!entry.isFile() && !entry.isDirectory()) return closed(fd)
  return { fd, entry, isOurs: isOurs && isOwn(entry) && !othersWrite(entry), close: () => closeSync(fd) }
}

/** Whether what has a name in a folder keeps it against everybody else: a sticky folder keeps what is ours. */
const holdsFor = (folder: Stats, entry: Stats): boolean =>
  isOwn(folder) && (!othersWrite(folder) || ((folder.mode & 0o1000) !== 0 && isOwn(entry)))

const isOwn = ({ uid }: Stats): boolean => uid === 0 || uid === process.getuid?.()

const othersWrite = ({ mode, gid }: Stats): boolean =>
  (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0 && gid !== process.getgid?.())

function opened(fd: number): OpenFolder {
  return { fd, uid: fstatSync(fd).uid, close: () => closeSync(fd) }
}

const pathAt = (fd: number, name: string): string => `/proc/self/fd/${fd}/${name}`

function partsOf(name: string): string[] {
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || part.includes('\0')))
    throw new RangeError(`${JSON.stringify(name)} is no name below a folder`)
  return parts
}

function stepTo(folder: OpenFolder, parts: readonly string[]): number {
  let at = folder.fd
  for (const part of parts) {
    try {
      const next = openSync(pathAt(at, part), folderFlags)
      if (at !== folder.fd) closeSync(at)
      at = next
    } catch (error) {
      if (at !== folder.fd) closeSync(at)
      throw error
    }
  }
  return at === folder.fd ? openSync(`/proc/self/fd/${at}`, constants.O_RDONLY | constants.O_DIRECTORY) : at
}

/** Undefined where a folder on the way is none. */
function withParent<T>(folder: OpenFolder, name: string, work: (at: number, last: string) => T): T | undefined {
  const parts = partsOf(name)
  const last = parts.pop() as string
  if (parts.length === 0) return work(folder.fd, last)
  let at: number
  try {
    at = stepTo(folder, parts)
  } catch (error) {
    if (isNone(error)) return undefined
    throw error
  }
  try {
    return work(at, last)
  } finally {
    closeSync(at)
  }
}

function openBelowIfThere(folder: OpenFolder, name: string): OpenFolder | undefined {
  try {
    return openBelow(folder, name)
  } catch (error) {
    if (isNone(error)) return undefined
    throw error
  }
}

/** Without waiting for whoever might write into a pipe. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isNone(error) || (error as NodeJS.ErrnoException).code === 'ENXIO') return undefined
    throw error
  }
}

/** Nothing there, or a link in the way. */
const isNone = (error: unknown): boolean => isMissing(error) || (error as NodeJS.ErrnoException).code === 'ELOOP'

/** `size`: what it had when it was opened, which may be another by now. Files of /proc have none. */
function readWhole(file: number, size: number, maximumBytes: number): Buffer {
  let bytes = Buffer.allocUnsafe(Math.min(size, maximumBytes) + 1)
  let length = 0
  while (true) {
    const got = readSync(file, bytes, length, bytes.length - length, null)
    if (got === 0) return bytes.subarray(0, length)
    length += got
    if (length > maximumBytes) throw new RangeError(`the file has more than ${maximumBytes} bytes`)
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.max(2 * length, 65_536))
  }
}
