/** What each way of bringing a file here shares: its limits, and where the bytes go. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import type { Shell } from '../shell/shell.ts'
import type { Digest } from './digest.ts'
import type { ArtifactUrl } from './url.ts'

interface TransferLimits {
  readonly maximumBytes: number
  /** For the whole file. */
  readonly timeoutSeconds: number
  /** For the connection, and for any pause in it. */
  readonly idleSeconds: number
}

export interface Transfer {
  readonly shell: Shell
  readonly limits: TransferLimits
  /** Options of ssh(1) as `-oKEY=VALUE`, such as the project's key. */
  readonly sshOptions?: readonly string[]
  /** Nothing is amiss when there is no such file. */
  readonly wishedFor?: boolean
  readonly signal?: AbortSignal
}

/** Where the bytes of one file go: digested, counted, and stopped when there are too many. */
export function receiver(url: ArtifactUrl, path: string, maximumBytes: number) {
  const handle = openSync(path, 'wx', 0o640)
  const hash = createHash('sha256')
  let bytes = 0
  return {
    take(piece: Uint8Array) {
      bytes += piece.length
      if (bytes > maximumBytes) throw tooLarge(url, maximumBytes)
      hash.update(piece)
      try {
        for (let at = 0; at < piece.length; ) at += writeSync(handle, piece, at)
      } catch (cause) {
        throw writeFault(path, cause)
      }
    },
    close: () => closeSync(handle),
    digest: (): Digest => ({ bytes, sha256: hash.digest('hex') }),
  }
}

export function tooLarge(url: ArtifactUrl, maximumBytes: number): CorpusError {
  return new CorpusError('ARTIFACT_TOO_LARGE', `${url.shown} is larger than ${maximumBytes} bytes.`)
}

export function unreachable(url: ArtifactUrl, why: string, cause?: unknown): CorpusError {
  return new CorpusError('ARTIFACT_UNREACHABLE', `${url.shown} cannot be fetched: ${why}.`, { cause })
}

function writeFault(path: string, cause: unknown): CorpusError {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new CorpusError('DISK_FULL', `${path} cannot be written: the disk is full.`, { cause })
    : new CorpusError('WRITE_FAILED', `${path} cannot be written: ${message}.`, { cause })
}
