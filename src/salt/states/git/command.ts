/** Git commands as values: argument vectors, a clean environment, the account and the key that they run with. */
import { program } from '../../../shell/programs.ts'
import type { Command, Outcome, Shell } from '../../../shell/shell.ts'
import { textOf } from '../../../shell/shell.ts'
import { accountAt, accountEnvironment } from '../../system/acting-as.ts'
import { shellQuote } from '../../system/shell-words.ts'

export interface GitTools {
  readonly shell: Shell
  readonly environment: ReadonlyMap<string, string>
  readonly commandTimeoutSeconds: number
}

export interface GitOptions {
  /** The folder it runs in. */
  readonly cwd?: string | undefined
  /** The folder that it makes or changes, where it runs elsewhere. */
  readonly at?: string | undefined
  /** The account it runs as; default: whoever may write where it works. */
  readonly user?: string | null
  /** Files of private keys for ssh. */
  readonly identity?: readonly string[]
}

/** What a hook of a push has in its environment would point git at the pushed repository. */
const inherited =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|PREFIX|QUARANTINE_PATH)$/

export function gitCommand(args: readonly string[], tools: GitTools, options: GitOptions = {}): Command {
  const { cwd, at = cwd, user = null } = options
  const account = accountAt(tools.shell, at ?? '/', user)
  const env: Record<string, string> = account ? accountEnvironment(account) : {}
  if (!account) for (const [name, value] of tools.environment) if (!inherited.test(name)) env[name] = value
  env['GIT_TERMINAL_PROMPT'] = '0'
  env['GIT_NO_REPLACE_OBJECTS'] = '1'
  if (options.identity?.length) {
    const keys = options.identity.map(key => `-i ${shellQuote(key)}`).join(' ')
    env['GIT_SSH_COMMAND'] = `ssh ${keys} -o IdentitiesOnly=yes -o BatchMode=yes`
  }
  return {
    argv: [program('git'), ...args],
    env,
    timeoutSeconds: tools.commandTimeoutSeconds,
    // Never where this process happens to be: git reads the configuration of a repository there.
    cwd: cwd ?? '/',
    ...(account ? { user: account } : {}),
  }
}

export function outputOf(outcome: Outcome): string {
  return textOf(outcome.stdout).replace(/\n$/, '')
}

/** What git said of its failure, in one paragraph. */
export function failureOf(outcome: Outcome): string {
  return outcome.spawnError ?? (textOf(outcome.stderr).trim() || textOf(outcome.stdout).trim())
}
