/** Speaks with runsv through the files of its supervise folder: no process is started to ask or to tell. */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface Supervision {
  readonly pid: number | null
  /** What runsv is at: `finish` is the time after a death, back-off included. */
  readonly state: 'down' | 'run' | 'finish'
  readonly wantsUp: boolean
}

/** null when runsv has not written its status yet. The file has 20 bytes: time (12), pid (4, little endian), paused, want, term, state. */
export function supervision(folder: string): Supervision | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(join(folder, 'supervise', 'status'))
  } catch {
    return null
  }
  if (bytes.length < 20) return null
  const pid = bytes.readUInt32LE(12)
  const state = (['down', 'run', 'finish'] as const)[bytes[19] ?? 0] ?? 'down'
  return { pid: pid === 0 ? null : pid, state, wantsUp: bytes[17] === 'u'.charCodeAt(0) }
}

/** False when no runsv reads there: it is dead or not started yet. */
export function control(folder: string, letters: string): boolean {
  return writeToFifo(join(folder, 'supervise', 'control'), letters)
}

export function isSupervised(folder: string): boolean {
  return writeToFifo(join(folder, 'supervise', 'ok'), '')
}

/** False when nobody reads there. */
export function writeToFifo(path: string, text: string): boolean {
  let fd: number
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return false
  }
  try {
    if (text !== '') writeSync(fd, text)
    return true
  } catch {
    return false
  } finally {
    closeSync(fd)
  }
}
