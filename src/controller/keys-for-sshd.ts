/** The keys of users as sshd reads them: its line for each says no more than whose key it is. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { isRoot } from '../shell/account.ts'
import { waitForLock } from '../shell/lock.ts'
import type { Store } from '../store/store.ts'
import type { Context } from './context.ts'
import { hooksOf } from './installed.ts'
import { ownKeysFile, quotedForSshd } from './keys.ts'
import { rightsIn } from './may-do.ts'
import type { Held } from './rights.ts'

/** Where sshd reads them: as root a file of root's in the home of the account `corpus`, else one's own. */
export const keysFileOfUsers = (root: string): string =>
  isRoot() ? join(rootLayout(root).sshHome, '.ssh', 'authorized_keys') : ownKeysFile()

const head = '# Written by corpus from the keys of its users (corpus keys add): what is changed here is lost.\n'

/** As the store has them, and no others; where nobody has any, no file is made. Lines of others in one's own file stay. */
export async function writeKeysOfUsers(context: Pick<Context, 'root' | 'home'>, store: Store): Promise<void> {
  const file = keysFileOfUsers(context.root)
  const folder = join(file, '..')
  const { listUserKeys } = await import('../store/keys.ts')
  if (!existsSync(file) && (await listUserKeys(store)).length === 0) return
  mkdirSync(folder, { recursive: true, mode: isRoot() ? 0o755 : 0o700 })
  const lock = await waitForLock(join(folder, '.corpus.lock'), 10)
  try {
    // Read under the lock: whoever writes last writes what is newest.
    const lines = await linesOf(context, store)
    const before = textIfThere(file) ?? ''
    const others = isRoot() ? [head] : othersIn(before, context.root)
    const text = [...others, ...lines].join('')
    if (text === before) return
    writeWhole(file, text, { mode: isRoot() ? 0o644 : 0o600, durable: true })
    chmodSync(file, isRoot() ? 0o644 : 0o600)
  } finally {
    lock?.release()
  }
}

const mark = (user: string) => `corpus-user:${user}`

const othersIn = (text: string, root: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '' && !(/ corpus-user:\S+$/.test(line) && line.includes(quotedForSshd(root))))
    .map(line => `${line}\n`)

async function linesOf(context: Pick<Context, 'root' | 'home'>, store: Store): Promise<string[]> {
  const [{ listUserKeys }, { listUsers }] = await Promise.all([import('../store/keys.ts'), import('../store/users.ts')])
  const [keys, users] = await Promise.all([listUserKeys(store), listUsers(store)])
  const lines: string[] = []
  for (const { fingerprint, user, publicKey } of keys) {
    const of = users.find(one => one.name === user)
    if (of === undefined || of.disabledAt !== null) continue
    const options = (await hasShell(store, user, of.admin)) ? 'restrict,pty' : 'restrict'
    const words = [join(hooksOf(context), 'ssh-forward'), context.root, fingerprint].map(quotedForSshd)
    lines.push(`${options},command="exec ${words.join(' ')}" ${publicKey} ${mark(user)}\n`)
  }
  return lines
}

/** Whether it may have one anywhere: whether it may where it asks is decided then. */
async function hasShell(store: Store, user: string, admin: boolean): Promise<boolean> {
  if (admin) return true
  const { grantsOfUser } = await import('../store/rights.ts')
  const grants: Held['grants'] = await grantsOfUser(store, user)
  return grants.some(({ what, effect }) => effect === 'allow' && rightsIn(what).includes('shell'))
}
