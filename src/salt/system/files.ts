/**
 * The one entry point of states to files by path: Node's calls by their own names, and for root each goes the way that way.ts finds.
 * Nothing else in this room reads, makes, changes or removes a file by its path.
 */
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { StateException } from '../definition/exceptions.ts'
import { along, handle, isGuarded, openedThing, refused, type Way, wayTo } from './way.ts'

export { closeSync, constants, mkdtempSync, type Stats } from 'node:fs'

const target = { end: 'target' } as const
const itself = { end: 'itself' } as const

/** What a path leads to. A link of root's own may lead anywhere: who looks changes and shows nothing. */
export function statSync(path: string, options: { readonly throwIfNoEntry: false }): fs.Stats | undefined
export function statSync(path: string): fs.Stats
export function statSync(path: string, options?: { readonly throwIfNoEntry: false }): fs.Stats | undefined {
  if (!isGuarded()) return fs.statSync(path, options)
  return looked(path, options, () => along(path, { end: 'target', anyOfRoots: true }, way => way.entry))
}

export function lstatSync(path: string, options: { readonly throwIfNoEntry: false }): fs.Stats | undefined
export function lstatSync(path: string): fs.Stats
export function lstatSync(path: string, options?: { readonly throwIfNoEntry: false }): fs.Stats | undefined {
  if (!isGuarded()) return fs.lstatSync(path, options)
  return looked(path, options, () => along(path, itself, way => way.entry))
}

/** A link that is not followed is something that is there. */
export function existsSync(path: string): boolean {
  if (!isGuarded()) return fs.existsSync(path)
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    return error instanceof StateException
  }
}

export function accessSync(path: string, mode?: number): void {
  if (!isGuarded()) return void fs.accessSync(path, mode)
  along(path, { end: 'target', anyOfRoots: true }, way => fs.accessSync(way.path, mode))
}

export function realpathSync(path: string): string {
  if (!isGuarded()) return fs.realpathSync(path)
  return along(path, target, way => {
    if (way.entry === undefined) throw noEntry('realpath', path)
    return way.name
  })
}

export function readlinkSync(path: string): string {
  if (!isGuarded()) return fs.readlinkSync(path)
  return along(path, itself, way => fs.readlinkSync(way.path))
}

export function statfsSync(path: string): fs.StatsFs {
  if (!isGuarded()) return fs.statfsSync(path)
  return along(path, target, way => fs.statfsSync(way.path))
}

export function readFileSync(path: string): Buffer
export function readFileSync(path: string, encoding: 'utf8'): string
export function readFileSync(path: string, encoding?: 'utf8'): Buffer | string {
  if (!isGuarded()) return fs.readFileSync(path, encoding)
  return along(path, target, way => {
    const file = openedFile(way, fs.constants.O_RDONLY)
    try {
      return fs.readFileSync(file, encoding)
    } finally {
      fs.closeSync(file)
    }
  })
}

/** Writes into the file that is there, or makes one; or into one that is open. */
export function writeFileSync(
  path: string | number,
  data: string | Uint8Array,
  options: { readonly mode?: number } = {},
): void {
  if (typeof path === 'number' || !isGuarded()) return void fs.writeFileSync(path, data, options)
  const file = openedToWrite(path, options.mode ?? 0o666)
  try {
    fs.writeFileSync(file, data)
  } finally {
    fs.closeSync(file)
  }
}

/** A new file, which nobody had put there before; it is open for writing. */
export function makeFileSync(path: string, mode: number): number {
  if (!isGuarded()) return fs.openSync(path, 'wx', mode)
  return along(path, itself, way => fs.openSync(way.path, newFile, mode))
}

/** With the mode of the source, where the file is new. */
export function copyFileSync(source: string, copy: string): void {
  if (!isGuarded()) return void fs.copyFileSync(source, copy)
  const from = along(source, target, way => openedFile(way, fs.constants.O_RDONLY))
  try {
    const to = openedToWrite(copy, fs.fstatSync(from).mode & 0o777)
    try {
      const piece = Buffer.alloc(1 << 16)
      for (let got = fs.readSync(from, piece); got > 0; got = fs.readSync(from, piece))
        for (let at = 0; at < got; ) at += fs.writeSync(to, piece, at, got - at)
    } finally {
      fs.closeSync(to)
    }
  } finally {
    fs.closeSync(from)
  }
}

/** A file, a link or a folder with all that is in it. `dereference`: what the path leads to, in place of a link. */
export function cpSync(
  source: string,
  copy: string,
  options: { readonly dereference?: boolean; readonly preserveTimestamps?: boolean } = {},
): void {
  const entry = options.dereference ? statSync(source) : lstatSync(source)
  if (entry.isSymbolicLink()) return void symlinkSync(readlinkSync(source), copy)
  if (entry.isDirectory()) {
    if (lstatSync(copy, { throwIfNoEntry: false }) === undefined) mkdirSync(copy, { mode: entry.mode & 0o7777 })
    for (const name of readdirSync(source))
      cpSync(join(source, name), join(copy, name), { ...options, dereference: false })
  } else if (entry.isFile()) {
    // Never into a file that is there: it may be a link, or have further names.
    rmSync(copy, { force: true })
    copyFileSync(source, copy)
    chmodSync(copy, entry.mode & 0o7777)
  } else throw refused(source, 'is no file, no folder and no link: not copied')
  if (options.preserveTimestamps) utimesSync(copy, entry.atimeMs / 1000, entry.mtimeMs / 1000)
}

/** What is in a folder takes the place of what has the same name in another one; folders are joined. */
export function moveInto(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    const [source, place] = [join(from, name), join(to, name)]
    const there = lstatSync(place, { throwIfNoEntry: false })
    if (there?.isDirectory() && lstatSync(source).isDirectory()) {
      moveInto(source, place)
      continue
    }
    if (there) rmSync(place, { recursive: true, force: true })
    moveSync(source, place)
  }
}

/** A rename; between file systems a copy, then the source goes. */
export function moveSync(source: string, place: string): void {
  try {
    renameSync(source, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    cpSync(source, place, { preserveTimestamps: true })
    rmSync(source, { recursive: true })
  }
}

export function renameSync(from: string, to: string): void {
  if (!isGuarded()) return void fs.renameSync(from, to)
  along(from, itself, one => along(to, itself, other => fs.renameSync(one.path, other.path)))
}

export function linkSync(existing: string, path: string): void {
  if (!isGuarded()) return void fs.linkSync(existing, path)
  along(existing, itself, one => along(path, itself, other => fs.linkSync(one.path, other.path)))
}

export function symlinkSync(to: string, path: string): void {
  if (!isGuarded()) return void fs.symlinkSync(to, path)
  along(path, itself, way => fs.symlinkSync(to, way.path))
}

export function mkdirSync(path: string, options: { readonly recursive?: boolean; readonly mode?: number } = {}): void {
  if (!isGuarded()) return void fs.mkdirSync(path, options)
  if (options.recursive) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    if (dirname(path) !== path) mkdirSync(dirname(path), options)
  }
  along(path, itself, way => fs.mkdirSync(way.path, { mode: options.mode }))
}

export function readdirSync(path: string): string[]
export function readdirSync(path: string, options: { readonly withFileTypes: true }): fs.Dirent[]
export function readdirSync(path: string, options?: { readonly withFileTypes: true }): string[] | fs.Dirent[] {
  if (!isGuarded()) return options ? fs.readdirSync(path, options) : fs.readdirSync(path)
  return inOpened(path, folder => (options ? fs.readdirSync(folder, options) : fs.readdirSync(folder)))
}

export function rmdirSync(path: string): void {
  if (!isGuarded()) return void fs.rmdirSync(path)
  along(path, itself, way => fs.rmdirSync(way.path))
}

export function unlinkSync(path: string): void {
  if (!isGuarded()) return void fs.unlinkSync(path)
  along(path, itself, way => fs.unlinkSync(way.path))
}

/** A link itself, never what it leads to; a folder with all that is in it where that is asked for. */
export function rmSync(path: string, options: { readonly recursive?: boolean; readonly force?: boolean } = {}): void {
  if (!isGuarded()) return void fs.rmSync(path, options)
  try {
    along(path, itself, way => {
      if (way.entry === undefined) throw noEntry('rm', path)
      if (!way.entry.isDirectory()) return fs.unlinkSync(way.path)
      if (!options.recursive)
        throw Object.assign(new Error(`EISDIR: is a directory, rm '${path}'`), { code: 'EISDIR', path })
      removeFolder(way.path)
    })
  } catch (error) {
    if (!options.force || !isNone(error)) throw error
  }
}

export function chmodSync(path: string, mode: number): void {
  if (!isGuarded()) return void fs.chmodSync(path, mode)
  onThing(path, file => fs.chmodSync(file, mode))
}

export function chownSync(path: string, uid: number, gid: number): void {
  if (!isGuarded()) return void fs.chownSync(path, uid, gid)
  onThing(path, file => fs.chownSync(file, uid, gid))
}

export function utimesSync(path: string, atime: number, mtime: number): void {
  if (!isGuarded()) return void fs.utimesSync(path, atime, mtime)
  onThing(path, file => fs.utimesSync(file, atime, mtime))
}

export function truncateSync(path: string, length: number): void {
  if (!isGuarded()) return void fs.truncateSync(path, length)
  along(path, target, way => {
    const file = openedFile(way, fs.constants.O_WRONLY)
    try {
      fs.ftruncateSync(file, length)
    } finally {
      fs.closeSync(file)
    }
  })
}

/** A link itself; anything else as chown does. */
export function lchownSync(path: string, uid: number, gid: number): void {
  if (!isGuarded()) return void fs.lchownSync(path, uid, gid)
  along(path, itself, way => {
    if (way.entry?.isSymbolicLink()) return void fs.lchownSync(way.path, uid, gid)
    onWay(way, file => fs.chownSync(file, uid, gid))
  })
}

/** For a program that makes something of that name: the folder is the one that stands open here, whatever is put in its place. */
export async function byHandle<T>(path: string, work: (path: string) => Promise<T>): Promise<T> {
  if (!isGuarded()) return work(path)
  const way = wayTo(path, itself)
  try {
    return await work(way.path.replace('/proc/self/', `/proc/${process.pid}/`))
  } finally {
    way.close()
  }
}

const newFile = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW

function looked(
  path: string,
  options: { readonly throwIfNoEntry: false } | undefined,
  look: () => fs.Stats | undefined,
): fs.Stats | undefined {
  try {
    const entry = look()
    if (entry === undefined && options === undefined) throw noEntry('stat', path)
    return entry
  } catch (error) {
    if (options !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A regular file, opened anew by its handle: neither a pipe nor a device is ever opened where others could have put it. */
function openedFile(way: Way, flags: number): number {
  if (way.holder === null) return fs.openSync(way.path, flags)
  const { fd, stats } = openedThing(way)
  try {
    if (stats.isDirectory())
      throw Object.assign(new Error(`EISDIR: illegal operation on a directory, read`), { code: 'EISDIR' })
    if (!stats.isFile()) throw refused(way.name, 'is no file, in a folder that others write to: not opened')
    return fs.openSync(handle(fd), flags)
  } finally {
    fs.closeSync(fd)
  }
}

function openedToWrite(path: string, mode: number): number {
  return along(path, target, way => {
    const { O_WRONLY, O_TRUNC } = fs.constants
    if (way.entry !== undefined) return openedFile(way, O_WRONLY | O_TRUNC)
    return fs.openSync(way.path, newFile, mode)
  })
}

const onThing = (path: string, work: (file: string) => void): void => along(path, target, way => onWay(way, work))

function onWay(way: Way, work: (file: string) => void): void {
  if (way.holder === null) return void work(way.path)
  const { fd } = openedThing(way)
  try {
    work(handle(fd))
  } finally {
    fs.closeSync(fd)
  }
}

function inOpened<T>(path: string, work: (folder: string) => T): T {
  return along(path, target, way => {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
    const folder = fs.openSync(way.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try {
      return work(handle(folder))
    } finally {
      fs.closeSync(folder)
    }
  })
}

/** By opened folders: a folder that is swapped for a link meanwhile is not gone through. */
function removeFolder(path: string | Buffer): void {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
  const folder = fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    for (const entry of fs.readdirSync(handle(folder), { withFileTypes: true, encoding: 'buffer' })) {
      const inside = Buffer.concat([Buffer.from(`${handle(folder)}/`), entry.name])
      if (entry.isDirectory()) removeFolder(inside)
      else fs.unlinkSync(inside)
    }
  } finally {
    fs.closeSync(folder)
  }
  fs.rmdirSync(path)
}

const isNone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

const noEntry = (call: string, path: string): Error =>
  Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${path}'`), { code: 'ENOENT', path })
