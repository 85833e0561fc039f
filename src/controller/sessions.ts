/** Sessions: somebody logs in with a browser, stays for a while, and logs out; each with its line in the audit. */
import { createHash } from 'node:crypto'
import { CorpusError } from '../kernel/errors.ts'
import { appendAudit } from '../store/audit.ts'
import { beginSession, endSession, type SessionLimits } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'

/** An hour without a request, or half a day in all. */
export const sessionLimits: SessionLimits = { idleMilliseconds: 3_600_000, wholeMilliseconds: 12 * 3_600_000 }

export interface ComesFrom {
  /** `http 192.0.2.7` */
  readonly from: string
  readonly requestId: string
}

/**
 * Answers what the cookie is to have: always another, and what the browser came with has ended. A user who is disabled here does
 * not get in, whoever knows it elsewhere. Throws LOGIN_REFUSED.
 */
export async function logIn(
  store: Store,
  name: string,
  { from, requestId, instead }: ComesFrom & { readonly instead?: string | undefined },
): Promise<string> {
  const user = await (await import('../store/users.ts')).userNamed(store, name)
  if (user === undefined || user.disabledAt !== null)
    throw new CorpusError('LOGIN_REFUSED', 'This login does not count.')
  const text = await beginSession(store, sessionLimits, { user: name, from, instead })
  const line = { who: name, from, request: 'auth login', after: { by: user.source }, requestId }
  await appendAudit(store, { ...line, outcome: 'succeeded' })
  return text
}

export async function logOut(store: Store, user: string, text: string, { from, requestId }: ComesFrom): Promise<void> {
  await endSession(store, text)
  await appendAudit(store, { who: user, from, request: 'auth logout', outcome: 'succeeded', requestId })
}

/** What a page has to send with each change: it comes of the cookie, which no other page can read. */
export const csrfOf = (text: string): string => createHash('sha256').update(`csrf ${text}`).digest('base64url')

/** What is told to somebody of itself. */
export async function whoIsIn(store: Store, name: string, session: string | null) {
  const { groupsOf, userNamed } = await import('../store/users.ts')
  const user = await userNamed(store, name)
  return {
    user: name,
    admin: user?.admin === true,
    groups: await groupsOf(store, name),
    source: user?.source ?? null,
    csrf: session === null ? null : csrfOf(session),
  }
}
