/** The account of what listens: it owns nothing, and is no project's. */
import { accessSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { findAccount } from '../shell/account.ts'
import { changeAccounts } from '../shell/account-files.ts'
import { program } from '../shell/programs.ts'
import { type Account, complaintOf, type Shell } from '../shell/shell.ts'

/** Of what listens, and of what git reads for others. */
export const serverAccountName = 'corpus'
const name = serverAccountName
const home = '/nonexistent'

/** Made where it lacks. Throws SERVE_REFUSED where it is not one that may listen. */
export async function serverAccount(shell: Shell, packageFolder: string): Promise<Account> {
  if (findAccount(name) === null) {
    const words = ['--system', '--user-group', '--home-dir', home, '--no-create-home', '--shell', '/usr/sbin/nologin']
    const made = await changeAccounts(shell, ['useradd', ...words, '--', name])
    // Two at once: the other has made it.
    if (made.status !== 0 && findAccount(name) === null) throw refused(`It cannot be made: ${complaintOf(made)}`)
  }
  const account = findAccount(name)
  if (account === null) throw refused('It is not in /etc/passwd.')
  if (account.uid === 0 || account.gid === 0) throw refused('It is root.')
  await mustReach(shell, account, packageFolder)
  return account
}

/** What listens is our own program, which the account has to be able to read. */
async function mustReach(shell: Shell, user: Account, packageFolder: string): Promise<void> {
  for (const path of [`${packageFolder}/dist/main.cjs`, process.execPath]) {
    accessSync(path)
    const { status } = await shell.run({ argv: [program('test'), '-r', path], user, cwd: '/' })
    if (status !== 0) throw refused(`It cannot read ${path}: install corpus where everybody may read it.`)
  }
}

const refused = (detail: string): CorpusError =>
  new CorpusError('SERVE_REFUSED', `The account ${name} cannot listen.`, { detail })
