/**
 * The account of what listens, and of sshd's side: it owns nothing, and is no project's. The two are kept apart by their groups: what
 * listens by HTTP is in a group of its own and in no other, so that the kernel lets it neither reach the socket by which sshd's side
 * says whose key it found, nor look into a process of that side.
 */
import { accessSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { allGroups, findAccount } from '../shell/account.ts'
import { changeAccounts } from '../shell/account-files.ts'
import { program } from '../shell/programs.ts'
import { type Account, complaintOf, type Shell } from '../shell/shell.ts'

export const serverAccountName = 'corpus'
export const listenersGroup = 'corpus-http'
const home = '/nonexistent'

export interface ServerAccounts {
  /** As it listens by HTTP. */
  readonly listener: Account
  /** As sshd lets in who has a key. */
  readonly ssh: Account
}

/** Made where they lack. Throws SERVE_REFUSED where it is not one that may listen. */
export async function serverAccounts(shell: Shell, packageFolder: string): Promise<ServerAccounts> {
  if (findAccount(serverAccountName) === null) {
    const words = ['--system', '--user-group', '--home-dir', home, '--no-create-home', '--shell', '/usr/sbin/nologin']
    const made = await changeAccounts(shell, ['useradd', ...words, '--', serverAccountName])
    // Two at once: the other has made it.
    if (made.status !== 0 && findAccount(serverAccountName) === null)
      throw refused(`It cannot be made: ${complaintOf(made)}`)
  }
  if (listenersGroupId() === undefined) {
    const made = await changeAccounts(shell, ['groupadd', '--system', '--', listenersGroup])
    if (made.status !== 0 && listenersGroupId() === undefined)
      throw refused(`The group ${listenersGroup} cannot be made: ${complaintOf(made)}`)
  }
  const [ssh, gid] = [findAccount(serverAccountName), listenersGroupId()]
  if (ssh === null || gid === undefined) throw refused('It is not in /etc/passwd.')
  if (ssh.uid === 0 || ssh.gid === 0 || gid === 0) throw refused('It is root.')
  if (gid === ssh.gid) throw refused(`${listenersGroup} is its own group.`)
  const listener = { ...ssh, gid }
  await mustReach(shell, listener, packageFolder)
  return { listener, ssh }
}

const listenersGroupId = (): number | undefined => allGroups().find(one => one.name === listenersGroup)?.gid

/** What listens is our own program, which the account has to be able to read. */
async function mustReach(shell: Shell, user: Account, packageFolder: string): Promise<void> {
  for (const path of [`${packageFolder}/dist/main.cjs`, process.execPath]) {
    accessSync(path)
    const { status } = await shell.run({ argv: [program('test'), '-r', path], user, isAlone: true, cwd: '/' })
    if (status !== 0) throw refused(`It cannot read ${path}: install corpus where everybody may read it.`)
  }
}

const refused = (detail: string): CorpusError =>
  new CorpusError('SERVE_REFUSED', `The account ${serverAccountName} cannot listen.`, { detail })
