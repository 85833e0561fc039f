/** The account that a project's application runs as. */
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Dict } from '../python/dict.ts'
import { findAccount, isRoot, refusalOf } from '../shell/account.ts'
import type { Account } from '../shell/shell.ts'

/**
 * Null for an ordinary user: then all of it is their own. Throws ACCOUNT_FAILED: what has no account would run as root; and
 * ACCOUNT_REFUSED for one that is another's.
 */
export function accountOf(cfg: Dict): Account | null {
  if (!isRoot()) return null
  const user = String(cfg.get('user'))
  const account = findAccount(user)
  if (account === null) throw new CorpusError('ACCOUNT_FAILED', `There is no account ${user} on this machine.`)
  refuseOthers({ home: String(cfg.get('project_dir')) }, account)
  return account
}

/** @throws CorpusError ACCOUNT_REFUSED */
export function refuseOthers(layout: Pick<ProjectLayout, 'home'>, account: Account): void {
  const refused = refusalOf(layout, account)
  if (refused !== undefined) throw new CorpusError('ACCOUNT_REFUSED', `Nothing runs as that: ${refused}.`)
}

/** The same for a deployment, which asks often: each account is looked up once. */
export function accounts(): (cfg: Dict) => Account | null {
  const known = new Map<string, Account | null>()
  return cfg => {
    const user = String(cfg.get('user'))
    const found = known.get(user) ?? accountOf(cfg)
    known.set(user, found)
    return found
  }
}
