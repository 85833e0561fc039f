/** Starts a command that takes its time, by execa. What takes milliseconds is started by `local.ts` itself: loading this is felt there. */
import type { ChildProcess } from 'node:child_process'
import { execa } from 'execa'
import type { Started } from './behind.ts'

export interface LongOptions {
  readonly hasInput: boolean
  /** It is told to end when this is aborted, and killed where it does not. */
  readonly stop: AbortSignal
  readonly graceMilliseconds: number
}

/** A process group of its own, as `spawn` would start it; whoever starts it reads its output. */
export function startLong(
  { argv, env, cwd }: Started,
  { hasInput, stop, graceMilliseconds }: LongOptions,
): ChildProcess {
  const [file, ...words] = argv
  const running = execa(file, words, {
    ...(cwd !== undefined && { cwd }),
    env: env ?? process.env,
    extendEnv: false,
    // Nothing on anybody's PATH is looked at, and nothing of what it prints is kept twice.
    preferLocal: false,
    buffer: false,
    encoding: 'buffer',
    stdin: hasInput ? 'pipe' : 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
    // A deployment goes on when who started it is gone.
    cleanup: false,
    reject: false,
    // Arguments are nobody's business, whatever NODE_DEBUG says.
    verbose: 'none',
    cancelSignal: stop,
    forceKillAfterDelay: graceMilliseconds,
  })
  // It waits for the pipes, which a daemon may hold: what ends a command is said by the events of its process. One that the
  // kernel refused has no such events.
  const child = running.nodeChildProcess
  void running.then(
    ({ cause }) => child.pid === undefined && child.emit('error', cause ?? new Error('it could not be started')),
  )
  return child
}
