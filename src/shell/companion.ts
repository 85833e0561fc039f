/** A process of ours that works for this one, as another account: lines go to it and come from it, and it ends with this one. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { started } from './behind.ts'
import type { Command } from './shell.ts'

export interface Companion {
  /** Without its end; what a companion that is gone is told is lost. */
  tell(line: string): void
  /** Its exit status; 128 where a signal ended it. */
  readonly ended: Promise<number>
  /** It is told by the end of its input. */
  stop(): void
}

/** A line longer than this is nobody's who means well: it is ended. */
const longestLine = 8 * 1024 * 1024

export function startCompanion(command: Command, onLine: (line: string) => void): Companion {
  const { argv, env, cwd } = started(command)
  const child = spawn(argv[0], argv.slice(1), { env, cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  let sinceLine = 0
  child.stdout.on('data', (piece: Buffer) => {
    const end = piece.lastIndexOf(10)
    sinceLine = end < 0 ? sinceLine + piece.length : piece.length - end
    if (sinceLine > longestLine) child.kill('SIGKILL')
  })
  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
  return {
    tell: line => void child.stdin.write(`${line}\n`),
    ended: new Promise(resolve => {
      child.on('error', () => resolve(127))
      child.on('exit', status => resolve(status ?? 128))
    }),
    stop: () => void child.stdin.end(),
  }
}
