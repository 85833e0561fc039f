/** A program whose input and output are somebody's: pipes of its own, or a socket that it has alone from then on. */
import { spawn } from 'node:child_process'
import type { Duplex, Readable, Writable } from 'node:stream'
import { started } from './behind.ts'
import type { Command } from './shell.ts'

export interface OnStreams {
  /** Where they are pipes. */
  readonly pipes: { readonly input: Writable; readonly output: Readable } | null
  readonly ended: Promise<StreamsEnd>
  stop(): void
  /** It need not be waited for any longer: this process may end before it. */
  leave(): void
}

interface StreamsEnd {
  /** 128 where a signal ended it, 127 where it could not be started. */
  readonly status: number
  /** The last of its error output. */
  readonly complaint: string
}

const mostKept = 4096
/** How long what it left behind may hold its error output open. */
const restMilliseconds = 200

/** In a session of its own: who ends us at a terminal does not mean it. */
export function startOnStreams(command: Command, stdio: 'pipe' | Duplex): OnStreams {
  const { argv, env, cwd } = started(command)
  const child = spawn(argv[0], argv.slice(1), { env, cwd, stdio: [stdio, stdio, 'pipe'], detached: true })
  let complaint = ''
  child.stderr?.on('data', (piece: Buffer) => {
    complaint = (complaint + piece.toString('utf8')).slice(-mostKept)
  })
  const ended = new Promise<StreamsEnd>(resolve => {
    const end = (status: number) => resolve({ status, complaint })
    child.on('error', () => end(127))
    child.on('exit', status => {
      if (child.stderr === null || child.stderr.readableEnded) return end(status ?? 128)
      child.stderr.on('end', () => end(status ?? 128))
      setTimeout(() => end(status ?? 128), restMilliseconds)
    })
  })
  const { stdin, stdout } = child
  const pipes = stdin === null || stdout === null ? null : { input: stdin, output: stdout }
  return {
    pipes,
    ended,
    stop: () => void child.kill(),
    leave() {
      child.unref()
      for (const stream of child.stdio) stream?.destroy()
    },
  }
}
