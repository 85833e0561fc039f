/** Runs a command in the foreground: it has this process's own input and output, terminal and all. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { CorpusError } from '../kernel/errors.ts'
import { carried } from './byte-values.ts'
import { wrapped } from './local.ts'
import type { Command } from './shell.ts'

/** Answers the exit status; 128 and the number of the signal that ended it. Signals that this process gets go to the command. */
export function runInForeground(command: Command): Promise<number> {
  const { argv, env } = carried(wrapped(command), command.env)
  const [file, ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: command.cwd, env, stdio: 'inherit' })
    // A terminal sends SIGINT to both: the command decides what becomes of it, and we wait.
    const pass = (signal: NodeJS.Signals) => void (signal === 'SIGINT' || child.kill(signal))
    const passed = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
    for (const signal of passed) process.on(signal, pass)
    const settle = () => {
      for (const signal of passed) process.off(signal, pass)
    }
    child.on('error', cause => {
      settle()
      reject(new CorpusError('TOOL_MISSING', `${file} cannot be run.`, { cause }))
    })
    child.on('close', (code, signal) => {
      settle()
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
