/** The public ssh keys of users, by their fingerprints. */
import type { Selectable } from 'kysely'
import type { Store } from './store.ts'
import type { KeyTable } from './tables.ts'
import { kept } from './text.ts'

export interface UserKey {
  /** `SHA256:…`. */
  readonly fingerprint: string
  readonly user: string
  /** Type and base64. */
  readonly publicKey: string
  readonly comment: string
  readonly createdAt: number
  readonly usedAt: number | null
}

/** Undefined where somebody has that key already: a key says who one is, and is one user's alone. */
export async function addKey(
  store: Store,
  key: Pick<UserKey, 'fingerprint' | 'user' | 'publicKey' | 'comment'>,
): Promise<UserKey | undefined> {
  const row = await store.change(change =>
    change
      .insertInto('keys')
      .values({
        fingerprint: kept(key.fingerprint),
        user_name: kept(key.user),
        public_key: kept(key.publicKey),
        comment: kept(key.comment),
        created_at: store.clock,
      })
      .onConflict(conflict => conflict.column('fingerprint').doNothing())
      .returningAll()
      .executeTakeFirst(),
  )
  return row && keyOf(row)
}

/** Whose key it is; none of a user who is disabled. */
export async function keyOfFingerprint(store: Store, fingerprint: string): Promise<UserKey | undefined> {
  const row = await store.read(queries =>
    queries
      .selectFrom('keys')
      .innerJoin('users', 'users.name', 'keys.user_name')
      .selectAll('keys')
      .where('fingerprint', '=', kept(fingerprint))
      .where('users.disabled_at', 'is', null)
      .executeTakeFirst(),
  )
  return row && keyOf(row)
}

/** Written at most once a minute, as for tokens. */
export async function rememberKeyUse(store: Store, fingerprint: string): Promise<void> {
  await store.change(change =>
    change
      .updateTable('keys')
      .set({ used_at: store.clock })
      .where('fingerprint', '=', kept(fingerprint))
      .where(eb => eb.or([eb('used_at', 'is', null), eb('used_at', '<', eb(store.clock, '-', 60_000))]))
      .execute(),
  )
}

/** Of one user, or all, by user. */
export async function listUserKeys(store: Store, user?: string): Promise<UserKey[]> {
  const rows = await store.read(queries =>
    queries
      .selectFrom('keys')
      .selectAll()
      .$if(user !== undefined, query => query.where('user_name', '=', kept(user ?? '')))
      .orderBy('user_name')
      .orderBy('fingerprint')
      .execute(),
  )
  return rows.map(keyOf)
}

/** Answers whether it was there. */
export async function removeKey(store: Store, fingerprint: string): Promise<boolean> {
  const row = await store.change(change =>
    change.deleteFrom('keys').where('fingerprint', '=', kept(fingerprint)).returning('fingerprint').executeTakeFirst(),
  )
  return row !== undefined
}

const keyOf = (row: Selectable<KeyTable>): UserKey => ({
  fingerprint: row.fingerprint,
  user: row.user_name,
  publicKey: row.public_key,
  comment: row.comment,
  createdAt: row.created_at,
  usedAt: row.used_at,
})
