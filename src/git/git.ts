/** Runs git with arguments as a vector, in a repository that is named and not guessed. */
import { CorpusError } from '../kernel/errors.ts'
import { isRoot } from '../shell/account.ts'
import { program } from '../shell/programs.ts'
import { type Command, type Outcome, type Shell, textOf } from '../shell/shell.ts'

export interface Git {
  /** Standard output, the last newline cut. Throws GIT_FAILED with git's own words. */
  text(...args: string[]): Promise<string>
  /** As it ends, without an opinion. */
  outcome(args: readonly string[], options?: Partial<Command>): Promise<Outcome>
}

export interface Repository {
  /** GIT_DIR: a bare repository, or the folder of one of its trees. */
  readonly gitDir: string
  readonly tree?: string
  readonly index?: string
  /** More environment, such as the quarantine of a push. */
  readonly env?: Readonly<Record<string, string>>
}

const mostLocks = 10

export function gitIn(shell: Shell, repository: Repository): Git {
  const env = {
    ...(repository.tree === undefined ? cleanEnvironment() : checkoutEnvironment()),
    GIT_DIR: repository.gitDir,
    ...(repository.tree === undefined ? {} : { GIT_WORK_TREE: repository.tree }),
    ...(repository.index === undefined ? {} : { GIT_INDEX_FILE: repository.index }),
    ...repository.env,
  }
  const run = (args: readonly string[], options: Partial<Command> = {}) =>
    shell.run({
      cwd: repository.tree ?? repository.gitDir,
      ...options,
      argv: [program('git'), ...args],
      env: { ...env, ...options.env },
    })
  const outcome = async (args: readonly string[], options: Partial<Command> = {}) => {
    let ended = await run(args, options)
    // One that died may have held several: of a branch, and of HEAD, which names it.
    for (
      let lock = 0;
      lock < mostLocks && ended.status !== 0 && (await isFreed(repository, ended, options.cwd));
      lock++
    )
      ended = await run(args, options)
    return ended
  }
  return {
    outcome,
    async text(...args) {
      return checkedOutput(await outcome(args), args)
    },
  }
}

/** Whether a lock was in its way that a dead process had left, and is no more. */
async function isFreed({ gitDir, tree }: Repository, ended: Outcome, cwd = tree ?? gitDir): Promise<boolean> {
  const message = textOf(ended.stderr)
  if (!message.includes('.lock')) return false
  const { lockInTheWay, releaseStaleLock } = await import('./stale-locks.ts')
  const file = lockInTheWay(gitDir, cwd, message)
  return file !== null && releaseStaleLock(gitDir, file)
}

/** What a git command printed, or GIT_FAILED. */
export function checkedOutput(ended: Outcome, args: readonly string[]): string {
  if (ended.spawnError !== undefined)
    throw new CorpusError('GIT_MISSING', `git could not be started: ${ended.spawnError}.`)
  if (ended.status !== 0) {
    // git names no reason where a file of a tree cannot be written: it is room that lacks.
    if (/No space left|Disk quota exceeded|unable to write file/.test(textOf(ended.stderr)))
      throw new CorpusError('DISK_FULL', `git ${args[0] ?? ''} found no room on the disk.`, {
        detail: textOf(ended.stderr).trim(),
      })
    throw new CorpusError('GIT_FAILED', `git ${args[0] ?? ''} failed (status ${ended.status}).`, {
      detail: textOf(ended.stderr).trim(),
    })
  }
  return textOf(ended.stdout).replace(/\n$/, '')
}

/** The environment without what a hook inherits from the git that called it, and without prompts. */
export function cleanEnvironment(): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && (!name.startsWith('GIT_') || keptNames.has(name))) env[name] = value
  }
  env['GIT_TERMINAL_PROMPT'] = '0'
  // What a commit names is what is deployed: no ref has git read something else in its place.
  env['GIT_NO_REPLACE_OBJECTS'] = '1'
  env['GIT_CONFIG_NOSYSTEM'] ??= '0'
  return env
}

/**
 * The environment (`cleanEnvironment`) of git where it writes files of a commit. Who pushes says by .gitattributes which filters are to run: of those that root has
 * for itself, or the machine for all (git-lfs is one), root runs none, but what the repository's own configuration names.
 */
export function checkoutEnvironment(): Record<string, string> {
  const env = cleanEnvironment()
  return isRoot() ? { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } : env
}

const keptNames = new Set(['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSL_CAINFO', 'GIT_CONFIG_NOSYSTEM', 'GIT_EXEC_PATH'])

/** A commit id as git prints it (SHA-1 or SHA-256). */
export const isCommit = (text: string): boolean => /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text)
