/** The project's own user and group. Only root can make them, and removes what it made. */
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { shown } from '../kernel/names.ts'
import { refuseOthers } from '../project/account.ts'
import { endAccount } from '../services/account-end.ts'
import { pause } from '../services/waiting.ts'
import { allAccounts, allGroups, candidateNames, findAccount, isRoot, ownAccounts } from '../shell/account.ts'
import { changeAccounts } from '../shell/account-files.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'

/** What was made, a sentence each. @throws CorpusError ACCOUNT_FAILED, ACCOUNT_REFUSED */
export async function ensureAccount(
  shell: Shell,
  layout: ProjectLayout,
  user: string,
  group: string,
): Promise<string[]> {
  if (!isRoot()) return []
  const there = findAccount(user)
  if (there !== null) {
    refuseOthers(layout, there)
    return []
  }
  const known = allGroups().find(one => one.name === group)
  if (known !== undefined && known.gid < 100)
    throw new CorpusError('ACCOUNT_REFUSED', `${shown(group)} is a group of the system (${known.gid}).`)
  if (known === undefined) await must(shell, ['groupadd', '--system', '--', group])
  const place = ['--home-dir', layout.home, '--no-create-home', '--shell', '/bin/sh']
  try {
    await must(shell, ['useradd', '--system', '--gid', group, ...place, '--', user])
  } catch (error) {
    if (known === undefined) await changeAccounts(shell, ['groupdel', '--', group])
    throw error
  }
  return [...(known === undefined ? [`made the group ${group}`] : []), `made the user ${user}`]
}

/** Ends all that runs as accounts of the project's own, which are those whose home it is. What remains, a sentence each. */
export async function endAccounts(shell: Shell, layout: ProjectLayout): Promise<string[]> {
  if (!isRoot()) return []
  const left: string[] = []
  for (const account of ownAccounts(layout)) {
    const other = allAccounts().find(one => one.uid === account.uid && one.name !== account.name)
    if (other !== undefined) left.push(`what runs as ${account.name} goes on: ${other.name} has the same number`)
    else left.push(...(await endAccount(shell, account)))
  }
  return left
}

/** Removes them, and the groups that bear the project's name and are nobody else's. */
export async function removeAccounts(shell: Shell, layout: ProjectLayout): Promise<string[]> {
  if (!isRoot()) return []
  const done: string[] = []
  const accounts = ownAccounts(layout)
  for (const account of accounts) done.push(await removed('user', ['userdel', '--', account.name]))
  for (const name of groupsOf(layout, accounts)) done.push(await removed('group', ['groupdel', '--', name]))
  return done

  async function removed(what: string, argv: [string, ...string[]]): Promise<string> {
    const thing = `the ${what} ${argv[argv.length - 1]}`
    let ended = await changeAccounts(shell, argv)
    // A process of the account may be on its way out.
    for (let turn = 0; turn < 20 && ended.status !== 0; turn++) {
      await pause(150)
      ended = await changeAccounts(shell, argv)
    }
    return ended.status === 0 ? `removed ${thing}` : `${thing} could not be removed: ${textOf(ended.stderr).trim()}`
  }
}

/** userdel takes a group along only where it has the user's own name. */
function groupsOf(layout: ProjectLayout, accounts: readonly Account[]): string[] {
  const names = candidateNames(layout).map(one => one.group)
  const others = allAccounts()
  return allGroups()
    .filter(({ gid }) => accounts.some(one => one.gid === gid) && !others.some(one => one.gid === gid))
    .flatMap(({ name }) => (names.includes(name) ? [name] : []))
}

async function must(shell: Shell, argv: [string, ...string[]]): Promise<void> {
  const ended = await changeAccounts(shell, argv)
  if (ended.status !== 0)
    throw new CorpusError('ACCOUNT_FAILED', `${argv[0]} ${argv[argv.length - 1]} failed.`, {
      detail: textOf(ended.stderr).trim(),
    })
}
