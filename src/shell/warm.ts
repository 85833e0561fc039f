/** A process that waits, loaded, for one line on its standard input, in a session of its own. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface WarmProcess {
  /** Hands the line over, after which it is nobody's child any more. False when it is dead. */
  give(line: string): boolean
  stop(): void
  onEnd(then: () => void): void
}

export function startWarm(argv: readonly [string, ...string[]], log: string): WarmProcess {
  const file = openSync(log, 'a', 0o600)
  const child = spawn(argv[0], argv.slice(1), { detached: true, stdio: ['pipe', file, file], cwd: '/' })
  closeSync(file)
  let alive = true
  const ends: (() => void)[] = []
  const ended = () => {
    if (!alive) return
    alive = false
    for (const then of ends) then()
  }
  child.on('exit', ended)
  child.on('error', ended)
  child.stdin?.on('error', ended)
  return {
    give(line) {
      if (!alive || !child.stdin) return false
      alive = false
      child.stdin.end(line)
      child.unref()
      return true
    },
    stop: () => child.stdin?.end(),
    onEnd: then => void ends.push(then),
  }
}
