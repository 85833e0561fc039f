/** Runs a command in the foreground, in a session of its own: with a terminal of its own where this process has one. */
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { CorpusError } from '../kernel/errors.ts'
import { started } from './behind.ts'
import { hasProgram, program, systemPath } from './programs.ts'
import type { Command } from './shell.ts'
import { shellWord } from './word.ts'

/**
 * Answers the exit status; 128 and the number of the signal that ended it. Signals that this process gets go to the command.
 * No terminal of the caller's is ever the command's: who has it open could type into it when all this is over.
 */
export async function runInForeground(command: Command): Promise<number> {
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true && hasProgram('script')
  return isInteractive ? onTerminal(command) : withoutTerminal(command)
}

/** script(1) stands between two terminals: it turns ours raw, hands on what is typed and printed, and the size of the window. */
async function onTerminal(command: Command): Promise<number> {
  const { argv, env, cwd, fault } = started(command)
  if (fault !== undefined) throw notRun(command, fault)
  const { words, stdio } = proxied(argv, command)
  const before = terminalSettings()
  const child = spawn(words[0], words.slice(1), { cwd, env: env ?? inherited(), stdio })
  try {
    return await ended(child, command, (signal, pid) => process.kill(pid, signal === 'SIGHUP' ? signal : 'SIGTERM'))
  } finally {
    // It does that itself, unless it was killed.
    if (before !== null) spawnSync(program('stty'), [before], { stdio: ['inherit', 'ignore', 'ignore'] })
  }
}

/** The new terminal is given to the account, so that it can be opened by its name. Error output that goes elsewhere still does. */
function proxied(argv: readonly string[], { user }: Command): { words: [string, ...string[]]; stdio: StdioOptions } {
  const toElsewhere = process.stderr.isTTY !== true
  const give = user && user.uid !== process.getuid?.() ? `${program('chown')} ${user.uid} /proc/self/fd/0; ` : ''
  const line = `${give}exec ${argv.map(shellWord).join(' ')}${toElsewhere ? ' 2>&3 3>&-' : ''}`
  const words: [string, ...string[]] = [
    program('setpriv'), '--pdeathsig', 'TERM', '--',
    program('script'), '--quiet', '--return', '--command', line, '/dev/null',
  ] // biome-ignore format: a command line
  return { words, stdio: toElsewhere ? ['inherit', 'inherit', 'inherit', 2] : 'inherit' }
}

function terminalSettings(): string | null {
  const asked = spawnSync(program('stty'), ['-g'], { stdio: ['inherit', 'pipe', 'ignore'] })
  return asked.status === 0 ? asked.stdout.toString().trim() : null
}

/** Files and pipes are handed on as they are; what is a terminal is read and written here, in its place. */
async function withoutTerminal(command: Command): Promise<number> {
  const { argv, env, cwd, fault } = started(command)
  if (fault !== undefined) throw notRun(command, fault)
  const [file, ...args] = argv
  const streams = [process.stdin, process.stdout, process.stderr]
  const stdio = streams.map(stream => (stream.isTTY ? 'pipe' : 'inherit')) as ('pipe' | 'inherit')[]
  const child = spawn(file, args, { cwd, env, stdio, detached: true })
  if (child.stdin) {
    child.stdin.on('error', () => {})
    process.stdin.pipe(child.stdin)
  }
  child.stdout?.pipe(process.stdout, { end: false })
  child.stderr?.pipe(process.stderr, { end: false })
  try {
    return await ended(child, command, (signal, pid) => process.kill(-pid, signal))
  } finally {
    if (child.stdin) process.stdin.unpipe().destroy()
  }
}

function ended(
  child: ChildProcess,
  command: Command,
  pass: (signal: NodeJS.Signals, pid: number) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
    const hand = (signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) pass(signal, child.pid)
      } catch {
        // gone meanwhile
      }
    }
    for (const signal of signals) process.on(signal, hand)
    const settle = () => {
      for (const signal of signals) process.off(signal, hand)
    }
    child.on('error', cause => {
      settle()
      reject(notRun(command, cause.message))
    })
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      settle()
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    }
    child.on('close', end)
    // A daemon that it left behind may hold the pipes open.
    child.on('exit', (code, signal) => void setTimeout(() => end(code, signal), 2_000).unref())
  })
}

const notRun = ({ argv }: Command, why: string): CorpusError =>
  new CorpusError('TOOL_MISSING', `${argv[0]} cannot be run: ${why}.`)

/** What stands in front of it is told nothing either. */
const inherited = (): Record<string, string> => ({ ...(process.env as Record<string, string>), PATH: systemPath })
