/** Runs what dumps and restores: output to a file, input from a file, and failures in words. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { findAccount } from '../shell/account.ts'
import { type Account, type Command, type Outcome, textOf } from '../shell/shell.ts'
import type { DataContext } from './item.ts'

export interface Run {
  readonly argv: readonly [string, ...string[]]
  /** Beside PATH, HOME and the language. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Instead of the context's. */
  readonly account?: string
  readonly outputFile?: string
  readonly inputFile?: string
  /** What the error says failed: "The database shop could not be dumped". */
  readonly failed: string
}

/** Throws BACKUP_FAILED, TOOL_MISSING, DISK_FULL or CANCELLED. */
export async function run(what: Run, context: DataContext): Promise<Outcome> {
  const user = what.account ? accountOf(what.account) : context.user
  const into = what.outputFile === undefined ? undefined : openSync(what.outputFile, 'wx', 0o600)
  let writeFault: unknown
  const stop = new AbortController()
  try {
    const command: Command = {
      argv: what.inputFile === undefined ? what.argv : fedFrom(what.inputFile, user, what.argv),
      env: { ...baseEnvironment(user), ...what.env },
      cwd: what.cwd ?? '/',
      keepBytes: 64 * 1024,
      signal: context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal,
      ...(user && what.inputFile === undefined && { user }),
      onOutput(piece, stream) {
        if (into === undefined || stream === 'stderr' || writeFault !== undefined) return
        try {
          for (let at = 0; at < piece.length; ) at += writeSync(into, piece, at)
        } catch (fault) {
          writeFault = fault
          stop.abort()
        }
      },
    }
    const outcome = await context.shell.run(command)
    if (writeFault !== undefined) throw diskFault(what, writeFault)
    if (outcome.status !== 0) throw failure(what, outcome, context.signal)
    return outcome
  } finally {
    if (into !== undefined) closeSync(into)
  }
}

export function failure(
  what: Pick<Run, 'failed' | 'argv'>,
  outcome: Outcome,
  signal: AbortSignal | undefined,
): CorpusError {
  const words = textOf(outcome.stderr).trim()
  const detail = words.slice(-2000)
  if (signal?.aborted) return new CorpusError('CANCELLED', `${what.failed}: it was cancelled.`)
  const missing = outcome.spawnError?.includes('is not installed') || /failed to exec|exec: \S+: not found/.test(words)
  if (missing)
    return new CorpusError('TOOL_MISSING', `${what.argv[0]} is not installed.`, { detail: outcome.spawnError ?? words })
  if (/No space left on device|Disk quota exceeded/.test(words))
    return new CorpusError('DISK_FULL', `${what.failed}: the disk is full.`, { detail })
  const telling = words.split('\n').filter(line => !/^(rsync error: |lost connection)/.test(line))
  const why = outcome.spawnError ?? telling.at(-1) ?? ''
  const status = outcome.killedBy ?? outcome.status
  return new CorpusError(
    'BACKUP_FAILED',
    `${what.failed}: ${why.replace(/\.$/, '').slice(0, 300) || `it ended with ${status}`}.`,
    { detail },
  )
}

export function accountOf(name: string): Account {
  const account = findAccount(name)
  if (account === null) throw new CorpusError('DATA_INVALID', `There is no account ${name} on this machine.`)
  return account
}

function diskFault(what: Run, cause: unknown): CorpusError {
  const { code, message } = cause as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new CorpusError(
    full ? 'DISK_FULL' : 'BACKUP_FAILED',
    `${what.failed}: ${full ? 'the disk is full' : message}.`,
    { cause },
  )
}

/** The file is opened by whoever runs this, before the account changes. */
function fedFrom(file: string, user: Account | undefined, argv: readonly string[]): [string, ...string[]] {
  const as =
    user && user.uid !== process.getuid?.()
      ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--']
      : []
  return ['sh', '-c', 'file=$1; shift; exec "$@" <"$file"', 'sh', file, ...as, ...argv]
}

function baseEnvironment(user: Account | undefined): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: user?.home ?? process.env['HOME'] ?? '/',
    LC_ALL: 'C',
  }
}
