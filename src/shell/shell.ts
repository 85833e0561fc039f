/** The one entry point to processes: commands are values (argument vectors), and a decorator decides what running one means. */

import type { Program } from './programs.ts'

/** A command as a value. Never a shell string of ours: `argv` goes to execve as it is. */
export interface Command {
  readonly argv: readonly [Program, ...string[]]
  readonly cwd?: string
  /** The whole environment of the process; default: this process's own. Bytes where a value is not UTF-8. */
  readonly env?: Readonly<Record<string, string | Uint8Array>>
  readonly input?: string | Uint8Array
  /** Runs as this account (needs root); supplementary groups are those of the account. */
  readonly user?: Account
  /** In no group but that of `user`, and never anybody else again, whatever program it starts. */
  readonly isAlone?: true
  /** After this the process and all its children get SIGTERM, five seconds later SIGKILL. */
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
  /** Called for each piece of output as it comes. What is kept is cut at `keepBytes`. */
  readonly onOutput?: (piece: Uint8Array, stream: 'stdout' | 'stderr') => void
  /** What it prints is read by a program of ours: it is handed on as it comes, and all of it. */
  readonly isRead?: true
  /** How much of each stream is kept, bytes; default 16 MiB; the rest is read and dropped. */
  readonly keepBytes?: number
  /** It takes seconds at least: an installation, a backup, a transfer. */
  readonly isLong?: true
  readonly umask?: number
  /** A command of the project's own, such as its build: a decorator may limit it. */
  readonly ofProject?: true
  /** Words in front of everything else, run as the account of this process: what holds the command in limits. */
  readonly within?: readonly string[]
  /** Told the process id, which is that of the process group too. */
  readonly onStart?: (pid: number) => void
}

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** How a command ended. A command that could not be started has status 127 and `spawnError`. */
export interface Outcome {
  readonly status: number
  readonly killedBy: string | null
  readonly timedOut: boolean
  readonly pid: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly spawnError?: string
  /** Why a decorator stopped it: `build.time was over`. */
  readonly stoppedBecause?: string
}

/** Where commands run: `local` runs them here, a decorator adds to what another does (limits, marks, another account). */
export interface Shell {
  run(command: Command): Promise<Outcome>
  /** Blocks; only for what a template calls in the middle of a sentence. */
  runSync(command: Command): Outcome
}

/** The text of an outcome's output, bytes that are not UTF-8 replaced. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** What a program said of its failure, with programs by their bare names. */
export function complaintOf(outcome: Outcome): string {
  return textOf(outcome.stderr)
    .trim()
    .replace(/^(?:\/usr)?\/s?bin\/(?=[\w-]+: )/gm, '')
}

/** How a command ended that failed, with the last line of what it complained of: `it ended with 3: no such gate`. */
export function endingOf({ killedBy, status, stderr }: Outcome): string {
  const words = textOf(stderr).trim().split('\n').at(-1) ?? ''
  return `it ended with ${killedBy ?? status}${words && `: ${words}`}`
}

/** Starts a command and says its status. */
export type Start = (command: {
  readonly argv: readonly [Program, ...string[]]
  readonly cwd: string
  readonly env: Record<string, string>
}) => Promise<number>
