/** What files say, remembered as long as each is the same file: to ask that takes one call of the kernel, to read it five. */
import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { isMissing } from './files.ts'

interface Known {
  readonly text: string
  /** What the kernel said of the file before it was read. */
  readonly entry: Stats
}

const known = new Map<string, Known>()

/** A warm process lasts: it keeps no more than this of small files. */
const mostFiles = 512
const largestBytes = 64 * 1024

/** A file system tells no two changes apart that are closer together: what was changed just now is read again. */
const finestMilliseconds = 2500

/** The text of a file, or undefined where there is none. A link is followed: who asks must know that nobody else could put one there. */
export function knownText(path: string): string | undefined {
  const before = known.get(path)
  const entry = before === undefined ? undefined : entryOf(path)
  if (before !== undefined && entry !== undefined && isSame(before.entry, entry)) return before.text
  known.delete(path)
  return readNow(path)
}

function readNow(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    // Asked before it is read: what changes in between has another time.
    const entry = fstatSync(file)
    const text = readFileSync(file, 'utf8')
    const age = Date.now() - Math.max(entry.ctimeMs, entry.mtimeMs)
    // Files of the kernel have no size, and times that say nothing.
    if (entry.isFile() && entry.size > 0 && entry.size <= largestBytes && age > finestMilliseconds)
      remember(path, { text, entry })
    return text
  } finally {
    closeSync(file)
  }
}

function remember(path: string, one: Known): void {
  const [oldest] = known.keys()
  if (known.size >= mostFiles && oldest !== undefined) known.delete(oldest)
  known.set(path, one)
}

function entryOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** No change escapes the time of change, which no program sets. */
const isSame = (one: Stats, other: Stats): boolean =>
  one.ctimeMs === other.ctimeMs &&
  one.mtimeMs === other.mtimeMs &&
  one.size === other.size &&
  one.ino === other.ino &&
  one.dev === other.dev
