/** The project's own user and group. Only root can make them, and removes what it made. */
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { pause } from '../services/waiting.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import { type Shell, textOf } from '../shell/shell.ts'

/** What was made, a sentence each. @throws CorpusError ACCOUNT_FAILED */
export async function ensureAccount(
  shell: Shell,
  layout: ProjectLayout,
  user: string,
  group: string,
): Promise<string[]> {
  if (!isRoot() || findAccount(user)) return []
  const isNew = !groups().some(one => one.name === group)
  if (isNew) await must(shell, ['groupadd', '--system', '--', group])
  const place = ['--home-dir', layout.home, '--no-create-home', '--shell', '/bin/sh']
  try {
    await must(shell, ['useradd', '--system', '--gid', group, ...place, '--', user])
  } catch (error) {
    if (isNew) await shell.run({ argv: ['groupdel', '--', group] })
    throw error
  }
  return [...(isNew ? [`made the group ${group}`] : []), `made the user ${user}`]
}

/** What was removed: a user whose home is the project's, and the group that bears the project's name and is nobody else's. */
export async function removeAccount(shell: Shell, layout: ProjectLayout, user: string): Promise<string[]> {
  const account = isRoot() ? findAccount(user) : null
  if (account === null || account.home !== layout.home) return []
  const done = [await removed('user', ['userdel', '--', user])]
  // userdel takes the group along only where it has the user's own name.
  const group = groups().find(one => one.gid === account.gid)
  if (group?.name === `${layout.name}-grp` && group.members === '')
    done.push(await removed('group', ['groupdel', '--', group.name]))
  return done

  async function removed(what: string, argv: [string, ...string[]]): Promise<string> {
    const thing = `the ${what} ${argv[argv.length - 1]}`
    let ended = await shell.run({ argv })
    // What ran as the user may be about to end, or another command may have the file of accounts.
    for (let turn = 0; turn < 20 && ended.status !== 0; turn++) {
      await pause(150)
      ended = await shell.run({ argv })
    }
    return ended.status === 0 ? `removed ${thing}` : `${thing} could not be removed: ${textOf(ended.stderr).trim()}`
  }
}

function groups(): { name: string; gid: number; members: string }[] {
  return (textIfThere('/etc/group') ?? '').split('\n').map(line => {
    const [name = '', , gid, members = ''] = line.split(':')
    return { name, gid: Number(gid), members }
  })
}

async function must(shell: Shell, argv: [string, ...string[]]): Promise<void> {
  const ended = await shell.run({ argv })
  if (ended.status !== 0)
    throw new CorpusError('ACCOUNT_FAILED', `${argv[0]} ${argv[argv.length - 1]} failed.`, {
      detail: textOf(ended.stderr).trim(),
    })
}
