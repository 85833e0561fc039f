/** Who a program works as that resolves paths by itself: in a folder that an account writes to, it is that account, never root. */
import { dirname } from 'node:path'
import { accountName } from '../../shell/account.ts'
import { systemPath } from '../../shell/programs.ts'
import type { Account, Command, Shell } from '../../shell/shell.ts'
import { executionError } from '../definition/exceptions.ts'
import { findAccount } from './accounts.ts'
import { isGuarded, refused, type Way, wayTo } from './way.ts'

/**
 * The account that is asked for; else, for root, the one that may write on the way to the path or at it; else null.
 * Throws a StateException where there is no such account, and where a group or everybody may write there.
 */
export function accountAt(shell: Shell, path: string, user: string | null): Account | null {
  if (user !== null && user !== '') return named(shell, user)
  const uid = isGuarded() ? writerAt(path) : null
  return uid === null ? null : named(shell, uid)
}

/** The account of `accountAt` as a command takes it: with an account goes an environment of its own. */
export function asAccountAt(shell: Shell, path: string, user: string | null): Pick<Command, 'user' | 'env'> {
  const account = accountAt(shell, path, user)
  return account === null ? {} : { user: account, env: accountEnvironment(account) }
}

export const accountEnvironment = ({ home, name }: Account): Record<string, string> => ({
  PATH: systemPath,
  HOME: home,
  USER: name,
  LOGNAME: name,
  LC_ALL: 'C.UTF-8',
})

function named(shell: Shell, user: string | number): Account {
  const account = findAccount(shell, user)
  if (account) return account
  throw executionError(
    typeof user === 'string' ? `User '${user}' is not available` : `${accountName(user)} is no account of this machine`,
  )
}

function writerAt(path: string): number | null {
  const way = nearest(path)
  try {
    const { entry, holder, account } = way
    if (account !== null) return account
    if (entry?.isDirectory() && entry.uid !== 0) return entry.uid
    const isShared = entry?.isDirectory() ? (entry.mode & 0o022) !== 0 && (entry.mode & 0o1000) === 0 : false
    if (isShared || (holder !== null && !holder.sticky))
      throw refused(way.name, 'lies where others than root may write: name the user that is to work there')
    return null
  } finally {
    way.close()
  }
}

/** The way to the path, or to what is there of the folders above it. */
function nearest(path: string): Way {
  try {
    return wayTo(path, { end: 'target' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    return nearest(dirname(path))
  }
}
