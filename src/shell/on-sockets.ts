/** Starts a command whose input and output are sockets that somebody else holds the other ends of: bytes go past this process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import { started } from './behind.ts'
import type { Command } from './shell.ts'

export interface Sockets {
  /** Input and output; what stood in it before is read by nobody. */
  readonly data: Duplex
  readonly errors: Duplex
}

export interface OnSockets {
  /** Its exit status; 128 and the number of the signal that ended it, 127 where it could not be started. */
  readonly ended: Promise<number>
  end(signal: NodeJS.Signals): void
}

/** A session of its own. `told` comes to it by file descriptor 3, which is no secret's way to a list of processes. */
export function startOnSockets(command: Command, { data, errors }: Sockets, told?: string): OnSockets {
  const { argv, env, cwd } = started(command)
  const [file, ...words] = argv
  const stdio = [data, data, errors, ...(told === undefined ? [] : ['pipe' as const])]
  const child: ChildProcess = spawn(file, words, { env, cwd, stdio, detached: true })
  const ended = new Promise<number>(resolve => {
    child.on('error', () => resolve(127))
    child.on('exit', (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
  // It outlives this process where it must.
  child.unref()
  // Whoever started has the files of its own now: no byte is to be read here.
  data.destroy()
  errors.destroy()
  const pipe = child.stdio[3]
  if (told !== undefined && pipe && 'end' in pipe) {
    pipe.on('error', () => {})
    pipe.end(told)
  }
  return {
    ended,
    end(signal) {
      child.kill(signal)
    },
  }
}
