/** Reads a folder that svlogd writes: `current`, and old files named by the time at which they were put aside. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'

export interface FollowOptions {
  /** From the oldest line there is, or only what comes from now on. */
  readonly fromStart: boolean
  readonly signal: AbortSignal
}

/** A line longer than this is told in pieces: no application's output shall fill our memory. */
const longestLineBytes = 256 * 1024
const chunkBytes = 256 * 1024
const lookMilliseconds = 100

/** Old files, oldest first, then the one being written. The names hold a TAI64N time in hexadecimal, which sorts. */
function logFiles(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder)
    const old = names.filter(name => /^@[0-9a-f]{24}\.[su]$/.test(name)).sort()
    return [...old, ...(names.includes('current') ? ['current'] : [])]
  } catch {
    return []
  }
}

/** The last lines of the folder, oldest first. */
export function lastOfFolder(folder: string, count: number): readonly string[] {
  let lines: string[] = []
  for (const name of [...logFiles(folder)].reverse()) {
    if (lines.length >= count) break
    lines = [...lastOfFile(join(folder, name), count - lines.length), ...lines]
  }
  return lines
}

function lastOfFile(path: string, count: number): readonly string[] {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return []
  }
  try {
    const pieces: Buffer[] = []
    let breaks = 0
    for (let end = fstatSync(fd).size; end > 0 && breaks <= count; ) {
      const size = Math.min(chunkBytes, end)
      const piece = Buffer.alloc(size)
      readSync(fd, piece, 0, size, end - size)
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) breaks++
      pieces.unshift(piece)
      end -= size
    }
    const text = Buffer.concat(pieces).toString('utf8')
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
    return text === '' ? [] : lines.slice(-count).map(line => line.slice(0, longestLineBytes))
  } finally {
    closeSync(fd)
  }
}

/** Calls `onLine` for every line until the signal. Files that are put aside meanwhile are held open, so that none is lost to rotation. */
export async function followFolder(
  folder: string,
  onLine: (line: string) => void,
  options: FollowOptions,
): Promise<void> {
  const split = lineSplitter(onLine)
  const tail = openTail(folder, options.fromStart)
  const wake = watcher(folder, options.signal)
  try {
    while (!options.signal.aborted) {
      const read = tail.read(split)
      if (read === 0) await wake.next()
      else await new Promise(resolve => setImmediate(resolve))
    }
    tail.read(split)
  } finally {
    tail.close()
    wake.close()
  }
}

interface OpenFile {
  readonly fd: number
  readonly inode: number
  position: number
}

/**
 * The files that are still to be read, open, oldest first; the last of them grows. A file that was read stays open until it is
 * deleted: as long as we hold it, no new file can have its inode, which is how we know one file from another.
 */
function openTail(folder: string, fromStart: boolean) {
  const unread: OpenFile[] = []
  let finished: OpenFile[] = []
  let newest = 0
  const known = (inode: number) => [...unread, ...finished].some(one => one.inode === inode)
  const add = (name: string, to: OpenFile[], atEnd: boolean) => {
    try {
      const fd = openSync(join(folder, name), 'r')
      const { ino, size } = fstatSync(fd)
      if (known(ino)) return closeSync(fd)
      to.push({ fd, inode: ino, position: atEnd ? size : 0 })
      if (to === unread) newest = ino
    } catch {
      // put aside between listing and opening: the next look finds it under its other name
    }
  }
  const look = () => {
    if (newest !== 0 && inodeOf(join(folder, 'current')) === newest) return
    for (const name of logFiles(folder)) add(name, unread, false)
    const deleted = finished.filter(one => fstatSync(one.fd).nlink === 0)
    for (const { fd } of deleted) closeSync(fd)
    finished = finished.filter(one => !deleted.includes(one))
  }
  if (!fromStart) for (const name of logFiles(folder)) add(name, name === 'current' ? unread : finished, true)
  const buffer = Buffer.alloc(chunkBytes)
  const readSome = (file: OpenFile, onBytes: (bytes: Buffer) => void): number => {
    const size = readSync(file.fd, buffer, 0, buffer.length, file.position)
    file.position += size
    if (size > 0) onBytes(buffer.subarray(0, size))
    return size
  }
  return {
    /** Reads a while; returns how many bytes there were. */
    read(onBytes: (bytes: Buffer) => void): number {
      let total = 0
      while (total < 4 * chunkBytes) {
        // A look before each piece: what is put aside meanwhile is opened before it can be deleted.
        look()
        const [file, next] = unread
        if (!file) break
        const size = readSome(file, onBytes)
        total += size
        if (size > 0) continue
        // A file ends for good only when a newer one is there: svlogd finishes one before it opens the next. So one more try.
        if (!next) break
        const rest = readSome(file, onBytes)
        total += rest
        if (rest === 0) finished.push(...unread.splice(0, 1))
      }
      return total
    },
    close() {
      for (const { fd } of [...unread, ...finished]) closeSync(fd)
    },
  }
}

function inodeOf(path: string): number {
  try {
    return statSync(path).ino
  } catch {
    return 0
  }
}

/** Wakes at a change of the folder, at the latest after a moment. */
function watcher(folder: string, signal: AbortSignal) {
  let wake: (() => void) | null = null
  const ring = () => wake?.()
  signal.addEventListener('abort', ring)
  let watching: ReturnType<typeof watch> | null = null
  try {
    watching = watch(folder, ring)
    watching.on('error', ring)
  } catch {
    // without inotify the clock alone wakes
  }
  return {
    next: () =>
      new Promise<void>(resolve => {
        const timer = setTimeout(ring, lookMilliseconds)
        wake = () => {
          clearTimeout(timer)
          wake = null
          resolve()
        }
        if (signal.aborted) ring()
      }),
    close() {
      signal.removeEventListener('abort', ring)
      watching?.close()
    },
  }
}

/** Bytes to lines; a line that is too long is told in pieces. */
function lineSplitter(onLine: (line: string) => void): (bytes: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return bytes => {
    const lines = (rest + decoder.write(bytes)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    if (rest.length > longestLineBytes) {
      onLine(rest)
      rest = ''
    }
  }
}
