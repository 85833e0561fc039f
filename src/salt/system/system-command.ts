/** Runs programs of the system for states, as argument vectors, and says in one sentence why one failed. */
import { lookedUp, type Program, program } from '../../shell/programs.ts'
import { type Command, type Outcome, type Shell, textOf } from '../../shell/shell.ts'
import { executionError } from '../definition/exceptions.ts'

export interface SystemTools {
  readonly shell: Shell
  readonly signal?: AbortSignal | undefined
  readonly commandTimeoutSeconds: number
}

export interface SystemOutcome {
  readonly ok: boolean
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

type Options = Omit<Command, 'argv'>

export async function tryRun(
  tools: SystemTools,
  argv: readonly [string, ...string[]],
  options: Options = {},
): Promise<SystemOutcome> {
  const ended = await tools.shell.run({
    argv: found(argv, options),
    timeoutSeconds: tools.commandTimeoutSeconds,
    ...(tools.signal ? { signal: tools.signal } : {}),
    ...options,
  })
  tools.signal?.throwIfAborted()
  return outcomeOf(ended, argv)
}

/** Throws a StateException with what the program said. */
export async function mustRun(
  tools: SystemTools,
  argv: readonly [string, ...string[]],
  options: Options = {},
): Promise<SystemOutcome> {
  const ended = await tryRun(tools, argv, options)
  if (!ended.ok) throw executionError(failureOf(argv, ended))
  return ended
}

/** For execution functions, which a template waits for. */
export function tryRunNow(
  tools: Pick<SystemTools, 'shell' | 'commandTimeoutSeconds'>,
  argv: readonly [string, ...string[]],
  options: Options = {},
): SystemOutcome {
  return outcomeOf(
    tools.shell.runSync({ argv: found(argv, options), timeoutSeconds: tools.commandTimeoutSeconds, ...options }),
    argv,
  )
}

/** A program of the machine's; where the state says whose it is, or what its PATH is, one that is found there. */
function found([name, ...words]: readonly [string, ...string[]], { user, env }: Options): [Program, ...string[]] {
  return [user || env?.['PATH'] !== undefined ? lookedUp(name) : program(name), ...words]
}

function failureOf(argv: readonly string[], ended: SystemOutcome): string {
  const said = (ended.stderr || ended.stdout).trim()
  return `${argv.join(' ')} ended with status ${ended.status}${said ? `: ${said}` : ''}`
}

function outcomeOf(ended: Outcome, argv: readonly string[]): SystemOutcome {
  const stderr = ended.spawnError ?? (ended.timedOut ? `${argv[0]} took too long` : textOf(ended.stderr))
  return { ok: ended.status === 0 && !ended.timedOut, status: ended.status, stdout: textOf(ended.stdout), stderr }
}
