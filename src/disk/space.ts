/** Whether a file system has room for what is about to be written. */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'

export interface Space {
  /** What an ordinary account may still write. */
  readonly freeBytes: number
  readonly totalBytes: number
  /** How many files may still be made; infinite where the file system does not count them. */
  readonly freeFiles: number
}

/** Of the file system that `path` is on, or will be on: of the nearest folder above that is there. */
export function spaceAt(path: string): Space {
  for (let at = path; ; at = dirname(at)) {
    try {
      const facts = statfsSync(at)
      const freeFiles = facts.files === 0 ? Number.POSITIVE_INFINITY : facts.ffree
      return { freeBytes: facts.bavail * facts.bsize, totalBytes: facts.blocks * facts.bsize, freeFiles }
    } catch (cause) {
      if (!['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '') || at === dirname(at))
        throw cause
    }
  }
}

export interface Need {
  /** Who asks, as the subject of a sentence: "the build". */
  readonly what: string
  readonly bytes: number
  readonly files?: number
  /** What must stay free besides; default 64 MiB. */
  readonly reserveBytes?: number
}

/** Throws DISK_LOW before anything is written, rather than let the disk fill up halfway. */
export function needSpace(path: string, need: Need): void {
  const space = spaceAt(path)
  const wanted = need.bytes + (need.reserveBytes ?? 64 * 1024 ** 2)
  if (space.freeBytes < wanted) {
    const numbers = `${readable(wanted)} on the disk of ${path}, which has ${readable(space.freeBytes)} free`
    throw new CorpusError('DISK_LOW', `There is too little room: ${need.what} needs ${numbers}.`)
  }
  if (space.freeFiles < (need.files ?? 0)) {
    const numbers = `${need.files} files on the disk of ${path}, which can take ${space.freeFiles} more`
    throw new CorpusError('DISK_LOW', `There is too little room: ${need.what} makes ${numbers}.`)
  }
}

/** Bytes as a person reads them: `1.5 GiB`. */
export function readable(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  const power = Math.min(bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.floor(value) : value.toFixed(1)} ${units[power]}`
}
