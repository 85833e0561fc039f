/** A process that waits, loaded, for lines on its standard input, in a session of its own. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface WarmProcess {
  /** Hands a line over; false when it is dead. */
  give(line: string): boolean
  /** No more lines: it ends after its work. */
  stop(): void
  onIdle(then: () => void): void
  onEnd(then: () => void): void
}

/** It says on standard output when it waits again; what it says on standard error goes to the log. */
export function startWarm(argv: readonly [string, ...string[]], log: string): WarmProcess {
  const file = openSync(log, 'a', 0o600)
  const child = spawn(argv[0], argv.slice(1), { detached: true, stdio: ['pipe', 'pipe', file], cwd: '/' })
  closeSync(file)
  let alive = true
  const ends: (() => void)[] = []
  const idles: (() => void)[] = []
  const ended = () => {
    if (!alive) return
    alive = false
    for (const then of ends) then()
  }
  child.on('exit', ended)
  child.on('error', ended)
  child.stdin?.on('error', ended)
  child.stdout?.on('data', () => {
    for (const then of idles) then()
  })
  return {
    give(line) {
      if (!alive) return false
      child.stdin?.write(line)
      return true
    },
    stop: () => child.stdin?.end(),
    onIdle: then => void idles.push(then),
    onEnd: then => void ends.push(then),
  }
}
