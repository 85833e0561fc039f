/** A lock of the kernel's: who dies holds nothing, so there is no stale lock. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'

export interface Lock {
  release(): void
}

/**
 * Takes the lock on a file, waiting at most so many seconds; null when another holds it.
 * flock(1) locks the open file description that it inherits; this process keeps that description open.
 */
export function takeLock(path: string, waitSeconds = 0): Lock | null {
  const file = openSync(path, 'a', 0o600)
  const wait = waitSeconds > 0 ? ['-w', String(waitSeconds)] : ['-n']
  const ended = spawnSync('flock', ['-x', ...wait, '3'], { stdio: ['ignore', 'ignore', 'ignore', file] })
  if (ended.status === 0) return { release: () => closeSync(file) }
  closeSync(file)
  if (ended.error) throw missing(ended.error)
  return null
}

/** Whether some process holds the lock now. */
export function isLocked(path: string): boolean {
  const file = openSync(path, 'a', 0o600)
  try {
    const ended = spawnSync('flock', ['-n', '-s', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] })
    if (ended.error) throw missing(ended.error)
    return ended.status === 1
  } finally {
    closeSync(file)
  }
}

const missing = (cause: Error): CorpusError =>
  new CorpusError('PROGRAM_MISSING', `flock (of the package util-linux) could not be started: ${cause.message}.`, {
    cause,
  })
