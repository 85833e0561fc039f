/** The ssh keys of users: kept in the store, and written out for sshd. */
import { existsSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { rootLayout } from '../kernel/layout.ts'
import { shown } from '../kernel/names.ts'
import type { UserKey } from '../store/keys.ts'
import { fingerprintOf, keyIn, keyStands, listKeys, ownKeysFile } from './keys.ts'
import { keysFileOfUsers, writeKeysOfUsers } from './keys-for-sshd.ts'
import { needUser, withStore } from './people.ts'
import type { Asked } from './request.ts'

/** Throws USER_UNKNOWN, KEY_INVALID, KEY_TAKEN. */
export async function addKeyOfUser(asked: Asked, user: string, text: string): Promise<UserKey> {
  const { addKey } = await import('../store/keys.ts')
  const publicKey = await keyIn(asked, text)
  const fingerprint = fingerprintOf(publicKey)
  const taken = listKeys(asked).find(
    one => one.fingerprint === fingerprint && keysFileOfUsers(asked.root) === ownKeysFile(),
  )
  if (taken !== undefined) throw new CorpusError('KEY_TAKEN', `That is the key ${shown(taken.name)} already.`)
  const comment = text.trim().split(/\s+/).slice(2).join(' ').slice(0, 100)
  return withStore(asked, async store => {
    await needUser(store, user)
    const added = await addKey(store, { fingerprint, user, publicKey, comment })
    if (added === undefined) throw new CorpusError('KEY_TAKEN', 'Somebody has that key already.')
    await writeKeysOfUsers(asked, store)
    return added
  })
}

/** Of a user all, or the one that is named by its fingerprint; those that were there. */
export async function removeKeysOfUser(
  asked: Asked,
  user: string,
  fingerprint: string | undefined,
): Promise<readonly UserKey[]> {
  const { removeKey } = await import('../store/keys.ts')
  const wanted = (await keysOfUsers(asked, user)).filter(
    one => fingerprint === undefined || one.fingerprint === fingerprint,
  )
  if (wanted.length === 0) return []
  return withStore(asked, async store => {
    for (const one of wanted) await removeKey(store, one.fingerprint)
    await writeKeysOfUsers(asked, store)
    return wanted
  })
}

/** What goes by a name: the rights of a key of its own, else the fingerprints of a user's; null where there is neither. */
export async function keysStand(asked: Asked, name: string) {
  const fingerprints = (await keysOfUsers(asked, name)).map(one => one.fingerprint)
  return keyStands(asked, name) ?? (fingerprints.length === 0 ? null : { user: name, fingerprints })
}

/** Of one, or of all. */
export async function keysOfUsers(asked: Asked, user?: string): Promise<UserKey[]> {
  // Whoever has no users gets no store of this.
  if (asked.store === undefined && !hasStore(asked.root)) return []
  const { listUserKeys } = await import('../store/keys.ts')
  return withStore(asked, store => listUserKeys(store, user))
}

export async function isUser(asked: Asked, name: string): Promise<boolean> {
  if (asked.store === undefined && !hasStore(asked.root)) return false
  const { userNamed } = await import('../store/users.ts')
  return (await withStore(asked, store => userNamed(store, name))) !== undefined
}

const hasStore = (root: string): boolean =>
  (process.env['CORPUS_STORE'] ?? '') !== '' || existsSync(rootLayout(root).store)
