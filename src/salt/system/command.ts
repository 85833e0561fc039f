/** Turns the arguments that cmd.* takes into a command value, and its outcome into what cmd.* reports. */

import { isAbsolute } from 'node:path'
import { lookedUp, type Program } from '../../shell/programs.ts'
import type { Account, Command, Outcome, Shell } from '../../shell/shell.ts'
import { textOf as textOfBytes } from '../../shell/shell.ts'
import type { Args } from '../definition/args.ts'
import { executionError } from '../definition/exceptions.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { findAccount } from './accounts.ts'
import { accessSync, constants, statSync } from './files.ts'
import { shellQuote, shellWords } from './shell-words.ts'

export interface CommandOptions {
  readonly cwd?: string | null
  readonly runas?: string | null
  /** The shell's path; default: the grain `shell`. */
  readonly shell?: string | null
  /** Runs the text in the shell; otherwise splits it into words. */
  readonly inShell: boolean
  readonly env?: Value
  readonly cleanEnvironment?: boolean
  readonly prependPath?: string | null
  readonly umask?: string | null
  readonly stdin?: string | null
  readonly timeoutSeconds?: number | null
}

export interface CommandTools {
  readonly shell: Shell
  readonly grains: Dict
  readonly environment: ReadonlyMap<string, string>
  readonly commandTimeoutSeconds: number
}

export interface CommandReport {
  readonly pid: number
  readonly retcode: number
  readonly stdout: string
  readonly stderr: string
}

/** The options among the arguments of a call that has the usual names. */
export function optionsOf(args: Args, inShell: boolean): CommandOptions {
  return {
    inShell,
    cwd: args.textOrNone('cwd'),
    runas: args.textOrNone('runas'),
    shell: args.textOrNone('shell'),
    env: args.value('env'),
    prependPath: args.textOrNone('prepend_path'),
    umask: args.textOrNone('umask'),
    stdin: args.textOrNone('stdin'),
    timeoutSeconds: args.numberOrNone('timeout'),
  }
}

export function commandOf(text: Value, options: CommandOptions, tools: CommandTools): Command {
  const account = options.runas ? accountOf(options.runas, tools.shell) : null
  return {
    argv: argvOf(text, options, tools),
    cwd: folderOf(options, account, tools),
    env: environmentOf(options, account, tools),
    ...(options.stdin === undefined || options.stdin === null ? {} : { input: options.stdin }),
    ...(account ? { user: account } : {}),
    ...(options.umask ? { umask: Number.parseInt(options.umask, 8) } : {}),
    ofProject: true,
    timeoutSeconds: options.timeoutSeconds || tools.commandTimeoutSeconds,
  }
}

export function reportOf(outcome: Outcome, command: Command): CommandReport {
  if (outcome.timedOut) {
    const why = outcome.stoppedBecause ?? `Timed out after ${command.timeoutSeconds} seconds`
    const text = `${command.argv.at(-1)} : ${why}`
    return { pid: outcome.pid, retcode: 1, stdout: text, stderr: '' }
  }
  if (outcome.spawnError !== undefined) {
    throw executionError(`Unable to run command '${command.argv.join(' ')}', reason: ${outcome.spawnError}`)
  }
  return {
    pid: outcome.pid,
    retcode: outcome.killedBy ? -signalNumber(outcome.killedBy) : outcome.status,
    stdout: textOfBytes(outcome.stdout).trimEnd(),
    stderr: textOfBytes(outcome.stderr).trimEnd(),
  }
}

export function reportDict(report: CommandReport): Dict {
  return Dict.of({ pid: report.pid, retcode: report.retcode, stdout: report.stdout, stderr: report.stderr })
}

/** The retcode after `success_retcodes`, `success_stdout` and `success_stderr` had their say. */
export function judged(report: CommandReport, args: Args): CommandReport {
  const fine =
    args.list('success_retcodes').some(code => Number(textOf(code)) === report.retcode) ||
    args.texts('success_stdout').includes(report.stdout) ||
    args.texts('success_stderr').includes(report.stderr)
  return fine ? { ...report, retcode: 0 } : report
}

function argvOf(text: Value, options: CommandOptions, tools: CommandTools): [Program, ...string[]] {
  if (!options.inShell) {
    const words = Array.isArray(text) ? text.map(textOf) : shellWords(textOf(text))
    const [program = '', ...rest] = words
    return [lookedUp(program), ...rest]
  }
  const line = Array.isArray(text) ? text.map(word => shellQuote(textOf(word))).join(' ') : textOf(text)
  const shell = options.shell || shellGrain(tools)
  try {
    accessSync(shell, constants.X_OK)
  } catch {
    throw executionError(`The shell ${shell} is not available`)
  }
  return [lookedUp(shell), '-c', line]
}

function shellGrain(tools: CommandTools): string {
  const grain = tools.grains.get('shell')
  return typeof grain === 'string' && grain !== '' ? grain : tools.environment.get('SHELL') || '/bin/sh'
}

function folderOf(options: CommandOptions, account: Account | null, tools: CommandTools): string {
  if (options.cwd) {
    if (!isAbsolute(options.cwd) || !isFolder(options.cwd))
      throw executionError(`Specified cwd '${options.cwd}' either not absolute or does not exist`)
    return options.cwd
  }
  const home = account ? account.home : (tools.environment.get('HOME') ?? '/')
  return isFolder(home) ? home : '/'
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Messages of commands are read by programs: the C locale, as far as the environment does not force another. */
const locale = 'CTYPE NUMERIC TIME COLLATE MONETARY MESSAGES PAPER NAME ADDRESS TELEPHONE MEASUREMENT IDENTIFICATION'

function environmentOf(options: CommandOptions, account: Account | null, tools: CommandTools): Record<string, string> {
  const result: Record<string, string> = options.cleanEnvironment ? {} : Object.fromEntries(tools.environment)
  for (const part of locale.split(' ')) result[`LC_${part}`] = 'C'
  result['LANGUAGE'] = 'C'
  if (account) Object.assign(result, { HOME: account.home, USER: account.name, LOGNAME: account.name })
  for (const [name, value] of pairsOf(options.env ?? null)) {
    if (value === null) delete result[name]
    else result[name] = value
  }
  if (options.prependPath) result['PATH'] = `${options.prependPath}:${result['PATH'] ?? ''}`
  return result
}

/** `env` as people write it: a mapping, or a list of one-key mappings or of VAR=value texts. False unsets. */
function* pairsOf(env: Value): Generator<[string, string | null]> {
  if (env instanceof Dict) {
    for (const [name, value] of env) yield [textOf(name), value === false || value === null ? null : textOf(value)]
  } else if (Array.isArray(env)) {
    for (const item of env) yield* pairsOf(item)
  } else if (typeof env === 'string' && truthOf(env)) {
    const at = env.indexOf('=')
    if (at > 0) yield [env.slice(0, at), env.slice(at + 1)]
  }
}

function accountOf(name: string, shell: Shell): Account {
  const account = findAccount(shell, name)
  if (!account) throw executionError(`User '${name}' is not available`)
  return account
}

function signalNumber(name: string): number {
  return (
    (
      { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 } as Record<
        string,
        number
      >
    )[name] ?? 1
  )
}
