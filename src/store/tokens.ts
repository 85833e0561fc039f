/** Tokens: shown once, kept as digests, narrowed to rights and projects, and good until they expire or are revoked. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Store } from './store.ts'
import type { TokenTable } from './tables.ts'
import { fromJson, kept } from './text.ts'

export interface Token {
  /** Names it in lists and in the audit; no secret. */
  readonly id: string
  readonly user: string
  readonly label: string
  /** null: all that its user may. */
  readonly rights: readonly string[] | null
  readonly projects: readonly string[] | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly usedAt: number | null
  readonly revokedAt: number | null
}

export interface NewToken {
  /** Throws a broken constraint where there is no such user: who calls asks before. */
  readonly user: string
  readonly label?: string
  readonly rights?: readonly string[] | null
  readonly projects?: readonly string[] | null
  readonly seconds?: number | null
}

/** `text` is what its owner gets, this once. */
export async function createToken(
  store: Store,
  token: NewToken,
): Promise<{ readonly text: string; readonly token: Token }> {
  const id = newId()
  const secret = randomBytes(32).toString('base64url')
  const row = await store.change(change =>
    change
      .insertInto('tokens')
      .values(eb => ({
        id,
        user_name: kept(token.user),
        label: kept(token.label ?? ''),
        digest: digestOf(secret),
        rights: token.rights ? JSON.stringify(token.rights) : null,
        projects: token.projects ? JSON.stringify(token.projects) : null,
        created_at: store.clock,
        expires_at: token.seconds == null ? null : eb(store.clock, '+', Math.floor(token.seconds * 1000)),
      }))
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
  return { text: `corpus.${id}.${secret}`, token: tokenOf(row) }
}

/** It is typed behind a command: no option begins it. */
function newId(): string {
  for (;;) {
    const id = randomBytes(9).toString('base64url')
    if (/^[A-Za-z0-9]/.test(id)) return id
  }
}

/** The token that a text is, where it is one that counts now, of a user who is not disabled. */
export async function tokenOfText(store: Store, text: string): Promise<Token | undefined> {
  const [, id, secret] = /^corpus\.([\w-]{12})\.([\w-]{43})$/.exec(text) ?? []
  if (id === undefined || secret === undefined) return undefined
  const row = await store.read(queries =>
    queries
      .selectFrom('tokens')
      .innerJoin('users', 'users.name', 'tokens.user_name')
      .selectAll('tokens')
      .where('tokens.id', '=', id)
      .where('tokens.revoked_at', 'is', null)
      .where('users.disabled_at', 'is', null)
      .where(eb => eb.or([eb('tokens.expires_at', 'is', null), eb('tokens.expires_at', '>', store.clock)]))
      .executeTakeFirst(),
  )
  // Found by its id, which is no secret: what is secret is compared in a time that tells nothing.
  const digest = Buffer.from(digestOf(secret), 'hex')
  if (row === undefined || !timingSafeEqual(digest, Buffer.from(row.digest, 'hex'))) return undefined
  return tokenOf(row)
}

/** Written at most once a minute: a change for each request would have all of them wait for one another. */
export async function rememberUse(store: Store, id: string): Promise<void> {
  await store.change(change =>
    change
      .updateTable('tokens')
      .set({ used_at: store.clock })
      .where('id', '=', id)
      .where(eb => eb.or([eb('used_at', 'is', null), eb('used_at', '<', eb(store.clock, '-', 60_000))]))
      .execute(),
  )
}

/** Of one user, or all; the newest first, the revoked among them. */
export async function listTokens(store: Store, user?: string): Promise<Token[]> {
  const rows = await store.read(queries =>
    queries
      .selectFrom('tokens')
      .selectAll()
      .$if(user !== undefined, query => query.where('user_name', '=', kept(user ?? '')))
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute(),
  )
  return rows.map(tokenOf)
}

/** Answers whether there is such a token; one that was revoked before keeps its time. */
export async function revokeToken(store: Store, id: string): Promise<boolean> {
  const row = await store.change(change =>
    change
      .updateTable('tokens')
      .set(eb => ({ revoked_at: eb.fn.coalesce('revoked_at', store.clock) }))
      .where('id', '=', kept(id))
      .returning('id')
      .executeTakeFirst(),
  )
  return row !== undefined
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

const tokenOf = (row: Selectable<TokenTable>): Token => ({
  id: row.id,
  user: row.user_name,
  label: row.label,
  rights: fromJson(row.rights) as readonly string[] | null,
  projects: fromJson(row.projects) as readonly string[] | null,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
  revokedAt: row.revoked_at,
})
