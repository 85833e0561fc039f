/** Starts a process that outlives this one and its session. */
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'

export function startDetached(
  argv: readonly [string, ...string[]],
  options: { log: string; env?: NodeJS.ProcessEnv; cwd?: string },
): number {
  const log = openSync(options.log, 'a', 0o600)
  const child = spawn(argv[0], argv.slice(1), {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env,
    cwd: options.cwd ?? '/',
  })
  child.on('error', () => {})
  child.unref()
  return child.pid ?? 0
}
