/** Puts text into files so that a reader sees the old or the new, never a half: a neighbour first, then a rename. */

import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { executionError } from '../../definition/exceptions.ts'
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  makeFileSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from '../../system/files.ts'
import { statsOf } from './attributes.ts'

export interface PutOptions {
  /** Of a new file; one that is there keeps its own. Default: what the umask leaves of 0666. */
  readonly mode?: number
  /** Where "minion" backups are kept; without it none is made. */
  readonly backupFolder?: string | null
}

/** Replaces or makes the file; owner and mode of one that is there stay. A link is followed. */
export function putFile(path: string, bytes: Uint8Array | string, options: PutOptions = {}): void {
  const target = realTarget(path)
  const before = statsOf(target)
  if (before && options.backupFolder) backUp(target, options.backupFolder)
  const neighbour = join(dirname(target), `.${basename(target).slice(0, 60)}.${randomBytes(6).toString('hex')}`)
  try {
    const opened = makeFileSync(neighbour, before ? 0o600 : (options.mode ?? 0o666))
    try {
      writeFileSync(opened, bytes)
    } finally {
      closeSync(opened)
    }
    if (before) {
      if (before.uid !== process.geteuid?.() || before.gid !== process.getegid?.())
        chownSync(neighbour, before.uid, before.gid)
      chmodSync(neighbour, before.mode & 0o7777)
    }
    renameSync(neighbour, target)
  } catch (error) {
    rmSync(neighbour, { force: true })
    throw error
  }
}

/** The file that a name stands for: what a link points to. */
function realTarget(path: string): string {
  if (!statsOf(path, false)?.isSymbolicLink()) return path
  try {
    return realpathSync(path)
  } catch {
    throw executionError(`${path} is a link that points nowhere`)
  }
}

/** A copy by its whole path and the time, as Salt's "minion" backups are laid out. */
function backUp(path: string, folder: string): void {
  const time = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  const day = time.toLocaleString('en-US', { weekday: 'short' })
  const month = time.toLocaleString('en-US', { month: 'short' })
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  const stamp = `${day}_${month}_${two(time.getDate())}_${clock}_${time.getMilliseconds() * 1000}_${time.getFullYear()}`
  const copy = join(folder, `${path}_${stamp}`)
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 })
  copyFileSync(path, copy)
}
