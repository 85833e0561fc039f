/** One at a time changes the sites: a lock of the kernel's, held by flock(1), that a dead owner cannot keep. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type Shell, textOf } from '../shell/shell.ts'

const waitSeconds = 120
/** Holds the lock until it is ended, or until the process that asked for it is gone. */
const holder = `echo held; while kill -0 "$1" 2>/dev/null; do sleep 1; done`

export async function withLock<T>(shell: Shell, file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const release = new AbortController()
  let held: () => void = () => {}
  const holding = new Promise<void>(resolve => {
    held = resolve
  })
  const ended = shell.run({
    argv: ['flock', '-w', String(waitSeconds), file, 'sh', '-c', holder, 'sh', String(process.pid)],
    signal: release.signal,
    onOutput: piece => {
      if (textOf(piece).includes('held')) held()
    },
  })
  const first = await Promise.race([holding, ended])
  if (first) throw new CorpusError('INGRESS_FAILED', 'Another process has been changing the sites for two minutes.')
  try {
    return await work()
  } finally {
    release.abort()
    await ended
  }
}
