/** A lock of the kernel's: who dies holds nothing, so there is no stale lock. */

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, fchmodSync, fstatSync, openSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { heldAtHand } from './at-hand.ts'
import { program } from './programs.ts'

export interface Lock {
  release(): void
}

/**
 * Takes the lock on a file, waiting at most so many seconds; null when another holds it.
 * flock(1) locks the open file description that it inherits; this process keeps that description open.
 */
export function takeLock(path: string, waitSeconds = 0): Lock | null {
  const file = opened(path)
  const ended = spawnSync(program('flock'), words(waitSeconds), { stdio: ['ignore', 'ignore', 'ignore', file] })
  if (ended.status === 0) return { release: () => closeSync(file) }
  closeSync(file)
  if (ended.error) throw missing(ended.error)
  return null
}

/** Takes the lock on a file, for those who have other things to do while they wait; null when the time is over. */
export async function waitForLock(path: string, waitSeconds: number): Promise<Lock | null> {
  const file = opened(path)
  const held = await heldAtHand(path)
  if (held) {
    closeSync(file)
    return held
  }
  return new Promise((resolve, reject) => {
    const waiting = spawn(program('flock'), words(waitSeconds), { stdio: ['ignore', 'ignore', 'ignore', file] })
    waiting.on('error', error => {
      closeSync(file)
      reject(missing(error))
    })
    waiting.on('exit', status => {
      if (status === 0) return resolve({ release: () => closeSync(file) })
      closeSync(file)
      resolve(null)
    })
  })
}

/** Whether some process holds the lock now. */
export function isLocked(path: string): boolean {
  const file = openedToLook(path)
  if (file === null) return false
  try {
    const ended = spawnSync(program('flock'), ['-n', '-s', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] })
    if (ended.error) throw missing(ended.error)
    return ended.status === 1
  } finally {
    closeSync(file)
  }
}

const words = (waitSeconds: number) => ['-x', ...(waitSeconds > 0 ? ['-w', String(waitSeconds)] : ['-n']), '3']

/** Who can open a file can lock it: nobody but its owner may. */
function opened(path: string): number {
  const file = openSync(path, 'a', 0o600)
  const { mode, uid } = fstatSync(file)
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) fchmodSync(file, 0o600)
  return file
}

/** On a file system that became read-only, too: nobody has to write to see who holds it. null where there is none. */
function openedToLook(path: string): number | null {
  try {
    return opened(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error
    return existsSync(path) ? openSync(path, 'r') : null
  }
}

const missing = (cause: Error): CorpusError =>
  new CorpusError('PROGRAM_MISSING', `flock (of the package util-linux) could not be started: ${cause.message}.`, {
    cause,
  })
