/** The git that does what somebody was allowed: as a push over a local path, with nothing of whoever serves but what each deployment has, and who asks. */
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AllowedGit, RefMove } from '../controller/git-asked.ts'
import { hooksOf } from '../controller/installed.ts'
import type { Asked } from '../controller/request.ts'
import { serverAccountName } from '../controller/server-account.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import { deploymentEnvironment } from '../shell/environment.ts'
import { program } from '../shell/programs.ts'
import type { Command } from '../shell/shell.ts'

export interface GitWanted {
  readonly service: 'receive-pack' | 'upload-pack' | 'upload-archive'
  readonly allowed: AllowedGit
  /** The name of the user. */
  readonly by: string
  /** What the other side's git says of itself in GIT_PROTOCOL; may be empty. */
  readonly protocol: string
  /** In front of the repository: `--stateless-rpc`. */
  readonly words: readonly string[]
  /** The file in which the hook writes what moved: only of what receives. */
  readonly moved: string | undefined
}

/** What receives goes through the wrapper that ends with the status of the deployment; with nothing to be moved, it is git alone. */
export function gitCommand(asked: Pick<Asked, 'root' | 'home'>, wanted: GitWanted): Command {
  const { service, allowed, by, protocol, words, moved } = wanted
  const user = service === 'receive-pack' ? undefined : readerOf(allowed.path)
  const env: Record<string, string> = {
    ...deploymentEnvironment(),
    ...ofUser(),
    CORPUS_ROOT: asked.root,
    CORPUS_BY: by,
    CORPUS_BY_USER: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(protocol === '' ? {} : { GIT_PROTOCOL: protocol }),
    ...(allowed.mayPushStates ? {} : { CORPUS_KEY_MAY: 'push' }),
    ...(moved === undefined ? {} : { CORPUS_MOVED: moved }),
    ...settingsFor(wanted),
    ...(user ? { HOME: user.home } : {}),
  }
  const argv: Command['argv'] =
    moved === undefined
      ? [program('git'), service, ...words, allowed.path]
      : [program(join(hooksOf(asked), 'receive-pack')), ...words, allowed.path]
  return { argv, env, cwd: '/', ...(user ? { user, isAlone: true } : {}) }
}

/** Where an ordinary user's own systemd and programs are. */
export const ofUser = (): Record<string, string> =>
  Object.fromEntries(
    ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'GIT_CONFIG_NOSYSTEM', 'CORPUS_PROGRAMS'].flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** Settings for this one git. */
function settingsFor({ service, allowed }: GitWanted): Record<string, string> {
  const settings: readonly (readonly [string, string])[] =
    service !== 'receive-pack'
      ? [
          ['uploadpack.allowFilter', 'true'],
          // It is not its reader's.
          ['safe.directory', allowed.path],
        ]
      : // The hook counts on it that a tree has no names that are two in one.
        allowed.mayPushStates
        ? []
        : [['receive.fsckObjects', 'true']]
  const pairs = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ])
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) }
}

/** Who reads a repository for others: the account of what listens, in the project's group and no other. Where that has no access, its owner. */
function readerOf(repository: string): Command['user'] {
  const account = isRoot() ? findAccount(serverAccountName) : null
  const { gid, mode } = statSync(repository)
  return account !== null && gid !== 0 && (mode & 0o050) === 0o050 ? { ...account, gid } : undefined
}

/** What the hook has written; undefined where none ran, because nothing was sent. The file is gone then. */
export function movesIn(file: string): RefMove[] | undefined {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    rmSync(file)
    return lines.map(line => {
      const [before = '', after = '', ...ref] = line.split(' ')
      return { ref: ref.join(' '), before, after }
    })
  } catch {
    return undefined
  }
}
