/**
 * Runs what dumps and restores: as the account whose data it is, with output that comes by a pipe into a file of ours,
 * input from a file of ours, and failures in words.
 */

import { closeSync, openSync, writeSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { findAccount } from '../shell/account.ts'
import { environmentOfAccount } from '../shell/environment.ts'
import type { Program } from '../shell/programs.ts'
import { type Account, type Command, complaintOf, type Outcome } from '../shell/shell.ts'
import type { DataContext } from './item.ts'

export interface Run {
  readonly argv: readonly [Program, ...string[]]
  /** Beside PATH, HOME and the language. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Instead of the context's. */
  readonly account?: string
  readonly outputFile?: string
  readonly inputFile?: string
  readonly input?: Uint8Array
  readonly keepBytes?: number
  /** What the error says failed: "The database shop could not be dumped". */
  readonly failed: string
  /** Whether what it says as it ends otherwise than with 0 is no failure. */
  readonly forgives?: (outcome: Outcome) => boolean
}

/** Throws BACKUP_FAILED, TOOL_MISSING, DISK_FULL or CANCELLED. */
export async function run(what: Run, context: DataContext): Promise<Outcome> {
  const user = what.account ? accountOf(what.account) : context.user
  const into = what.outputFile === undefined ? undefined : openSync(what.outputFile, 'wx', 0o600)
  let writeFault: unknown
  const stop = new AbortController()
  try {
    const command: Command = {
      argv: what.argv,
      ...(what.inputFile !== undefined && { within: fedFrom(what.inputFile) }),
      env: { ...baseEnvironment(user), ...what.env },
      cwd: what.cwd ?? '/',
      keepBytes: into === undefined ? (what.keepBytes ?? 64 * 1024) : 64 * 1024,
      signal: context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal,
      ...(what.input && { input: what.input }),
      ...(user && { user }),
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
    if (outcome.status !== 0 && !what.forgives?.(outcome)) throw failure(what, outcome, context.signal)
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
  const words = complaintOf(outcome)
  const detail = words.slice(-2000)
  if (signal?.aborted) return new CorpusError('CANCELLED', `${what.failed}: it was cancelled.`)
  const missing = missingProgram(what, outcome, words)
  if (missing !== undefined)
    return new CorpusError('TOOL_MISSING', `${missing} is not installed.`, { detail: outcome.spawnError ?? words })
  if (/No space left on device|Disk quota exceeded/.test(words))
    return new CorpusError('DISK_FULL', `${what.failed}: the disk is full.`, { detail })
  const telling = words
    .split('\n')
    .filter(
      line =>
        !/^(rsync error: |lost connection|(?:\/\S*\/)?tar: (?:Exiting with failure status|Error is not recov))/.test(
          line,
        ),
    )
  const why = outcome.spawnError ?? telling.at(-1) ?? ''
  const status = outcome.killedBy ?? outcome.status
  return new CorpusError(
    'BACKUP_FAILED',
    `${what.failed}: ${why.replace(/\.$/, '').slice(0, 300) || `it ended with ${status}`}.`,
    { detail },
  )
}

/** Started behind others, a program is named by the one before it. */
function missingProgram(what: Pick<Run, 'argv'>, outcome: Outcome, words: string): string | undefined {
  if (outcome.spawnError?.includes('is not installed')) return bare(what.argv[0])
  const [, named] =
    /(?:failed to exec\w*|exec:|nice:) ['‘"]?([^\s:'’"]+)['’"]?:? ?.*(?:not found|No such file or directory)/.exec(
      words,
    ) ??
    /^\S*sh: \d+: (\S+): not found$/m.exec(words) ??
    []
  return named === undefined ? undefined : bare(named)
}

const bare = (path: string): string => path.replace(/^\/(usr\/)?s?bin\//, '')

function accountOf(name: string): Account {
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
const fedFrom = (file: string): readonly string[] => ['/bin/sh', '-c', 'exec 0<"$1"; shift; exec "$@"', 'sh', file]

/** Nothing of whoever started this but, for an ordinary user, where programs are. */
export function baseEnvironment(user: Account | undefined): Record<string, string> {
  return {
    ...environmentOfAccount(user ?? null),
    LC_ALL: 'C',
  }
}
