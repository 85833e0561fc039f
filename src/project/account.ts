/** The account that a project's application runs as. */

import { lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readSaved, type SavedConfiguration } from '../configuration/saved.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Dict } from '../salt/python/dict.ts'
import { findAccount, isOwnAccount, isRoot, refusalOf } from '../shell/account.ts'
import type { Account, Command, Shell } from '../shell/shell.ts'

/**
 * Null for an ordinary user: then all of it is their own. Throws ACCOUNT_FAILED: what has no account would run as root; and
 * ACCOUNT_REFUSED for one that is another's.
 */
export function accountOf(cfg: Dict): Account | null {
  if (!isRoot()) return null
  const user = String(settingOf(cfg, 'user'))
  const account = findAccount(user)
  if (account === null) throw new CorpusError('ACCOUNT_FAILED', `There is no account ${user} on this machine.`)
  refuseOthers({ home: String(cfg.get('project_dir')) }, account)
  return account
}

/** @throws CorpusError ACCOUNT_REFUSED */
export function refuseOthers(layout: Pick<ProjectLayout, 'home'>, account: Account): void {
  const refused = refusalOf(layout, account) ?? sharing(layout, account)
  if (refused !== undefined) throw new CorpusError('ACCOUNT_REFUSED', `Nothing runs as that: ${refused}.`)
}

/**
 * Which other project of this root has an account that was made by hand; undefined where none has, or where root said in both
 * (`shared_account`, a saved setting) that there is to be no wall between them.
 */
function sharing({ home }: Pick<ProjectLayout, 'home'>, account: Account): string | undefined {
  if (isOwnAccount({ home }, account)) return undefined
  const projects = dirname(home)
  const name = basename(home)
  if (settingsOf(projects, name)?.get('shared_account') === true) return undefined
  const uidOf = (user: unknown) => (typeof user === 'string' ? findAccount(user)?.uid : undefined)
  const isNamedBy = (other: string): boolean => {
    const saved = savedOf(projects, other)
    const named = [
      saved?.settings.get('user') ?? (saved?.snapshot && settingOf(saved.snapshot, 'user')),
      saved?.settings.get('developer'),
    ]
    return named.some(user => uidOf(user) === account.uid)
  }
  const other = readdirSync(projects).find(one => one !== name && isNamedBy(one))
  return other === undefined ? undefined : `${account.name} is the account of the project ${other}, too`
}

const settingsOf = (projects: string, name: string): Dict | undefined => savedOf(projects, name)?.settings

/** Undefined where it cannot be read: that is told where the project itself is asked for. */
function savedOf(projects: string, name: string): SavedConfiguration | undefined {
  try {
    return readSaved(join(projects, name, 'corpus', 'configuration.json'))
  } catch {
    return undefined
  }
}

/** The account with the home that outlives its releases: what runs as it writes its settings and caches there, and nobody else does. */
export function atHome(account: Account, { accountHome }: Pick<ProjectLayout, 'accountHome'>): Account {
  return { ...account, home: accountHome }
}

/** A decorator that knows that home: to the machine's list of accounts it is the project's folder, which is not the account's to write to. */
export function homedShell(shell: Shell, layout: Pick<ProjectLayout, 'home' | 'accountHome'>): Shell {
  const homed = (command: Command): Command => {
    if (command.user?.home !== layout.home) return command
    const env = command.env?.['HOME'] === layout.home ? { ...command.env, HOME: layout.accountHome } : command.env
    return { ...command, user: atHome(command.user, layout), ...(env && { env }) }
  }
  return { run: command => shell.run(homed(command)), runSync: command => shell.runSync(homed(command)) }
}

/** Makes that home, and gives it to the account. The folder that it stands in is nobody's but ours. */
export function ensureHome(account: Account | null, { accountHome }: Pick<ProjectLayout, 'accountHome'>): void {
  mkdirSync(accountHome, { recursive: true, mode: 0o700 })
  if (account === null || lstatSync(accountHome).uid === account.uid) return
  lchownSync(accountHome, account.uid, account.gid)
}

/** Finds accounts (`accountOf`) for a deployment, which asks often: each is looked up once. */
export function accounts(): (cfg: Dict) => Account | null {
  const known = new Map<string, Account | null>()
  return cfg => {
    const user = String(settingOf(cfg, 'user'))
    const found = known.get(user) ?? accountOf(cfg)
    known.set(user, found)
    return found
  }
}
