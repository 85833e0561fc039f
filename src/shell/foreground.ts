/** Runs a command in the foreground, in a session of its own: with a terminal of its own where this process has one. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { shellWord } from '../kernel/shell-word.ts'
import { started } from './behind.ts'
import { hasProgram, program, systemPath } from './programs.ts'
import type { Command } from './shell.ts'

/**
 * Answers the exit status; 128 and the number of the signal that ended it. Signals that this process gets go to the command.
 * No terminal of the caller's is ever the command's: who has it open could type into it when all this is over.
 */
export async function runInForeground(command: Command): Promise<number> {
  const far = farTerminal()
  if (far !== undefined && hasProgram('script')) return onFarTerminal(command, far)
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true && hasProgram('script')
  return isInteractive ? onTerminal(command) : withoutTerminal(command)
}

/** script(1) stands between two terminals: it turns ours raw, hands on what is typed and printed, and the size of the window. */
function onTerminal(command: Command): Promise<number> {
  const { argv, env, cwd, fault } = started(command)
  if (fault !== undefined) throw notRun(command, fault)
  const toElsewhere = process.stderr.isTTY !== true
  const words = [
    '--pdeathsig', 'TERM', '--', program('perl'), '-e', keeping, '--',
    program('stty'), program('script'), '--quiet', '--return', '--command', lineOf(argv, command, toElsewhere), '/dev/null',
  ] // biome-ignore format: a command line
  const stdio: StdioOptions = toElsewhere ? ['inherit', 'inherit', 'inherit', 2] : 'inherit'
  const child = spawn(program('setpriv'), words, { cwd, env: env ?? inherited(), stdio })
  return ended(child, command, (signal, pid) => process.kill(-sessionBehind(pid), signal))
}

/** The size of a terminal that somebody types into elsewhere: what is typed comes by this process's input. */
function farTerminal(): string | undefined {
  const [, rows, columns] = /^(\d{1,4}) (\d{1,4})$/.exec(process.env['CORPUS_TERMINAL'] ?? '') ?? []
  return rows === undefined ? undefined : `rows ${rows} cols ${columns}`
}

/** script(1) ends with whoever types, and with it the terminal, of which all that runs on it is told. */
function onFarTerminal(command: Command, size: string): Promise<number> {
  const { argv, env, cwd, fault } = started(command)
  if (fault !== undefined) throw notRun(command, fault)
  const line = `${program('stty')} ${size}; ${lineOf(argv, command, false)}`
  const words = ['--pdeathsig', 'TERM', '--', program('script'), '--quiet', '--return', '--command', line, '/dev/null']
  const child = spawn(program('setpriv'), words, { cwd, env: env ?? inherited(), stdio: 'inherit' })
  return ended(child, command, (_signal, pid) => process.kill(pid, 'SIGTERM'))
}

/** Our terminal is again as it was, however script(1) ends; it is ended itself where this process is gone. */
const keeping = [
  'my $stty = shift; chomp(my $before = qx($stty -g)); my $own = fork;',
  'if (!$own) { exec { $ARGV[0] } @ARGV; exit 127 }',
  '$SIG{TERM} = sub { kill TERM => $own };',
  '1 while waitpid($own, 0) != $own;',
  'my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;',
  'system { $stty } $stty, $before; exit $status;',
].join(' ')

/** The new terminal is given to the account, so that it can be opened by its name. Error output that goes elsewhere still does. */
function lineOf(argv: readonly string[], { user }: Command, toElsewhere: boolean): string {
  const chown = user && user.uid !== process.getuid?.() ? `${program('chown')} ${user.uid} /proc/self/fd/0; ` : ''
  return `${chown}exec ${argv.map(shellWord).join(' ')}${toElsewhere ? ' 2>&3 3>&-' : ''}`
}

/** The command, which leads a session of its own: script(1) would have a word of its own to say about a signal, and no status. */
function sessionBehind(pid: number): number {
  const childOf = (parent: number) =>
    Number((textIfThere(`/proc/${parent}/task/${parent}/children`) ?? '').trim().split(' ')[0]) || parent
  return childOf(childOf(pid))
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
