/** The account that a project's application runs as. */
import { CorpusError } from '../kernel/errors.ts'
import type { Dict } from '../python/dict.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import type { Account } from '../shell/shell.ts'

/** Null for an ordinary user: then all of it is their own. Throws ACCOUNT_FAILED: what has no account would run as root. */
export function accountOf(cfg: Dict): Account | null {
  if (!isRoot()) return null
  const user = String(cfg.get('user'))
  const account = findAccount(user)
  if (account === null) throw new CorpusError('ACCOUNT_FAILED', `There is no account ${user} on this machine.`)
  return account
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
