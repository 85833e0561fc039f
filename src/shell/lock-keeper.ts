/** Takes locks for a process that waits, loaded: flock(2) through a helper that is there already, where flock(1) would cost each push 4 ms. */
import { spawn } from 'node:child_process'
import type { Lock } from './lock.ts'

export interface LockKeeper {
  /** The lock on a file, or null when another holds it. One at a time. */
  take(path: string): Promise<Lock | null>
  stop(): void
}

/** A line is a file to lock, an empty one lets go. At the end of its input, that is when we are dead, it ends, and the kernel lets go. */
const helper = `$| = 1;
while (<STDIN>) {
  chomp;
  close $held if $held;
  undef $held;
  if ($_ eq '') { print "1\\n"; next }
  if (open($held, '>>', $_) && flock($held, 6)) { print "1\\n" } else { close $held if $held; undef $held; print "0\\n" }
}`

export function startLockKeeper(): LockKeeper {
  const child = spawn('perl', ['-e', helper], { stdio: ['pipe', 'pipe', 'ignore'] })
  let held = false
  let answer: ((taken: boolean) => void) | null = null
  let last: Promise<unknown> = Promise.resolve()
  // One question after the other: each answer belongs to the question before it.
  const ask = (line: string): Promise<boolean> => {
    const asked = last.then(
      () =>
        new Promise<boolean>(resolve => {
          answer = resolve
          child.stdin.write(`${line}\n`)
        }),
    )
    last = asked
    return asked
  }
  child.stdout.on('data', (piece: Buffer) => {
    answer?.(piece.toString().startsWith('1'))
    answer = null
  })
  const gone = () => {
    answer?.(false)
    // The lock went with it: whoever goes on now could meet another runner.
    if (held) process.kill(process.pid, 'SIGKILL')
  }
  child.on('exit', gone)
  child.on('error', gone)
  child.stdin.on('error', () => {})
  return {
    async take(path) {
      if (path.includes('\n') || !(await ask(path))) return null
      held = true
      return {
        release() {
          held = false
          void ask('')
        },
      }
    },
    stop: () => child.stdin.end(),
  }
}
