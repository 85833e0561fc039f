/** Sessions of browsers: what the cookie has is kept as a digest, and ends when it is not used, when it is old, and with its user. */
import { createHash, randomBytes } from 'node:crypto'
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import type { Change, Store } from './store.ts'
import type { Tables } from './tables.ts'
import { kept } from './text.ts'

export interface Session {
  readonly user: string
  readonly createdAt: number
  readonly usedAt: number
}

export interface SessionLimits {
  /** Not used for so long, it has ended. */
  readonly idleMilliseconds: number
  /** Begun so long ago, it has ended. */
  readonly wholeMilliseconds: number
}

export interface NewSession {
  readonly user: string
  /** `http 192.0.2.7` */
  readonly from: string
  /** The session that it takes the place of. */
  readonly instead?: string | undefined
}

/** A user has no more than this at once: the longest unused go. */
const mostOfUser = 20

/** Answers what the cookie is to have, this once. What has ended is forgotten by the way. Throws USER_UNKNOWN. */
export async function beginSession(store: Store, limits: SessionLimits, session: NewSession): Promise<string> {
  const text = randomBytes(32).toString('base64url')
  await store.change(async change => {
    await forgetEnded(change, store, limits)
    if (session.instead !== undefined)
      await change.deleteFrom('sessions').where('digest', '=', digestOf(session.instead)).execute()
    const user_name = kept(session.user)
    // Of several at once, each waits for the one before: otherwise none of them would see the others.
    const there = await change
      .updateTable('users')
      .set(eb => ({ confirmed_at: eb.ref('confirmed_at') }))
      .where('name', '=', user_name)
      .returning('name')
      .executeTakeFirst()
    if (there === undefined) throw new CorpusError('USER_UNKNOWN', `There is no user ${shown(session.user)}.`)
    const surplus = await change
      .selectFrom('sessions')
      .select('digest')
      .where('user_name', '=', user_name)
      .orderBy('used_at', 'desc')
      .offset(mostOfUser - 1)
      .limit(1000)
      .execute()
    for (const { digest } of surplus) await change.deleteFrom('sessions').where('digest', '=', digest).execute()
    const row = { digest: digestOf(text), user_name, came_from: kept(session.from) }
    await change
      .insertInto('sessions')
      .values({ ...row, created_at: store.clock, used_at: store.clock })
      .execute()
  })
  return text
}

/** The session that a cookie is of, where it goes on, of a user who is not disabled. */
export async function sessionOfText(store: Store, limits: SessionLimits, text: string): Promise<Session | undefined> {
  if (!isSessionText(text)) return undefined
  const row = await store.read(queries =>
    queries
      .selectFrom('sessions')
      .innerJoin('users', 'users.name', 'sessions.user_name')
      .selectAll('sessions')
      .where('sessions.digest', '=', digestOf(text))
      .where('users.disabled_at', 'is', null)
      .where(eb => eb.not(hasEnded(eb, store, limits)))
      .executeTakeFirst(),
  )
  return row && { user: row.user_name, createdAt: row.created_at, usedAt: row.used_at }
}

/** Written at most once a minute: a change for each request would have all of them wait for one another. */
export async function rememberSession(store: Store, text: string): Promise<void> {
  await store.change(change =>
    change
      .updateTable('sessions')
      .set({ used_at: store.clock })
      .where('digest', '=', digestOf(text))
      .where(eb => eb('used_at', '<', eb(store.clock, '-', 60_000)))
      .execute(),
  )
}

export async function endSession(store: Store, text: string): Promise<void> {
  await store.change(change => change.deleteFrom('sessions').where('digest', '=', digestOf(text)).execute())
}

/** How many there were. */
export async function endSessionsOf(store: Store, user: string): Promise<number> {
  const gone = await store.change(change =>
    change.deleteFrom('sessions').where('user_name', '=', kept(user)).returning('digest').execute(),
  )
  return gone.length
}

export const isSessionText = (text: string): boolean => /^[\w-]{43}$/.test(text)

async function forgetEnded(change: Change, store: Store, limits: SessionLimits): Promise<void> {
  await change
    .deleteFrom('sessions')
    .where(eb => hasEnded(eb, store, limits))
    .execute()
}

/** By the store's own clock. */
function hasEnded(
  eb: ExpressionBuilder<Tables, 'sessions'>,
  { clock }: Pick<Store, 'clock'>,
  { idleMilliseconds, wholeMilliseconds }: SessionLimits,
): ExpressionWrapper<Tables, 'sessions', SqlBool> {
  return eb.or([
    eb('sessions.used_at', '<=', eb(clock, '-', idleMilliseconds)),
    eb('sessions.created_at', '<=', eb(clock, '-', wholeMilliseconds)),
  ])
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
