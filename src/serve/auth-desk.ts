/** What the desk says to browsers that log in and out, and to whoever comes with a cookie. */
import { timingSafeEqual } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { Caller } from '../controller/rights.ts'
import type { ServingStore } from '../controller/serving-store.ts'
import { told } from '../controller/told.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import type { Answered, Asking, Credential } from './asking.ts'
import type { FailureLimit } from './failure-limit.ts'

/** Of all that can be asked, what is asked of who somebody is. */
const authRequests = ['auth login', 'auth begin', 'auth callback', 'auth me', 'auth logout'] as const
type AuthRequest = (typeof authRequests)[number]

export const isAuth = (request: string): request is AuthRequest => (authRequests as readonly string[]).includes(request)

type SessionCredential = Extract<Credential, { readonly kind: 'session' }>

/** Who a credential is of; it counts those that are wrong. */
type WhoIs = (credential: Credential | null) => Promise<Caller>

/** Throws CREDENTIAL_REFUSED, TOO_MANY_FAILURES, SESSION_ENDED, CSRF_REFUSED, LOGIN_…, DIRECTORY_UNREACHABLE, PROVIDER_UNREACHABLE, USAGE. */
export async function answerAuth(
  serving: ServingStore,
  asking: Asking,
  limit: FailureLimit,
  whoIs: WhoIs,
): Promise<Answered> {
  switch (asking.request as AuthRequest) {
    case 'auth login':
      return logsIn(serving, asking, whoIs)
    case 'auth begin':
      return begins(serving, asking, limit)
    case 'auth callback':
      return comesBack(serving, asking, limit)
    case 'auth logout':
      return logsOut(serving, asking, whoIs)
    case 'auth me':
      return json(await selfOf(serving, asking, (await whoIs(asking.credential)).name))
  }
}

/**
 * Whoever has the cookie; for what changes something, whoever has what only our own pages can read, too.
 * Throws SESSION_ENDED, CSRF_REFUSED, DIRECTORY_UNREACHABLE.
 */
export async function callerInSession(
  serving: ServingStore,
  { request, address, requestId }: Pick<Asking, 'request' | 'address' | 'requestId'>,
  { text, csrf }: SessionCredential,
): Promise<Caller> {
  const { callerOfSession } = await import('../controller/who.ts')
  const caller = await callerOfSession(serving, text)
  // No line of the audit: nobody guesses one, and pages that are left open come with old ones for days.
  if (caller === undefined) throw new CorpusError('SESSION_ENDED', 'This session has ended.')
  if (isLooked(request)) return caller
  const { csrfOf } = await import('../controller/sessions.ts')
  if (csrf !== null && isSame(csrf, csrfOf(text))) return caller
  const refusal = { who: caller.name, from: `http ${address}`, request, requestId }
  await serving.writeRefusal({ ...refusal, code: 'CSRF_REFUSED' })
  throw new CorpusError('CSRF_REFUSED', 'A change that comes with a cookie needs the token of its page.')
}

/** Whatever is not known to change nothing may change something. */
const isLooked = (request: string): boolean =>
  request === 'auth me' ||
  told.some(({ name, kind, http }) => name === request && kind === 'read' && http.startsWith('GET '))

const isSame = (one: string, other: string): boolean => {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}

/** By a password, of a user here or of the directory: a token is none, for a session would be more than it was narrowed to. */
async function logsIn(serving: ServingStore, asking: Asking, whoIs: WhoIs): Promise<Answered> {
  const { user, password, ...others } = asking.given
  if (typeof user !== 'string' || typeof password !== 'string' || Object.keys(others).length > 0)
    throw new CorpusError('USAGE', 'A login is {"user": …, "password": …}.')
  const isToken = password.startsWith('corpus.')
  const { name } = await whoIs({ kind: 'basic', name: user.slice(0, 100), secret: isToken ? '' : password })
  return json(...(await begun(serving, asking, name)))
}

async function begun(serving: ServingStore, asking: Asking, name: string) {
  const { logIn, whoIsIn } = await import('../controller/sessions.ts')
  const { credential, address, requestId } = asking
  const instead = credential?.kind === 'session' ? credential.text : undefined
  const session = await logIn(serving.store, name, { from: `http ${address}`, requestId, instead })
  return [await whoIsIn(serving.store, name, session), { session, login: null }] as const
}

async function begins(serving: ServingStore, asking: Asking, limit: FailureLimit): Promise<Answered> {
  const { location, secret } = await asked(serving, asking, limit, () => providerOf(serving).begin())
  return { ...json({ location }, { login: secret }), status: 302, location }
}

/** Where the provider sends somebody back to: to our own front page and nowhere else. */
async function comesBack(serving: ServingStore, asking: Asking, limit: FailureLimit): Promise<Answered> {
  const query = asking.given['query'] as Readonly<Record<string, unknown>>
  const kept = asking.given['kept']
  const texts = Object.entries(query).filter((one): one is [string, string] => typeof one[1] === 'string')
  if (texts.length < Object.keys(query).length) throw new CorpusError('USAGE', 'Something is said twice.')
  const name = await asked(serving, asking, limit, async () => {
    const person = await providerOf(serving).finish(Object.fromEntries(texts), typeof kept === 'string' ? kept : '')
    const { admit } = await import('../controller/admission.ts')
    return admit(serving.store, person)
  })
  const [, cookies] = await begun(serving, asking, name)
  return { ...json({ location: '/' }, cookies), status: 302, location: '/' }
}

/** Throws LOGIN_MISSING. */
function providerOf({ identity }: ServingStore) {
  if (identity.provider === null) throw new CorpusError('LOGIN_MISSING', 'There is no single sign-on here.')
  return identity.provider
}

/** What has the provider asked is counted by where it comes from. Throws TOO_MANY_FAILURES. */
async function asked<T>(
  serving: ServingStore,
  asking: Asking,
  limit: FailureLimit,
  work: () => Promise<T>,
): Promise<T> {
  const { address, request, requestId } = asking
  const counted = [`provider ${address}`]
  if (limit.isReached(counted)) throw new CorpusError('TOO_MANY_FAILURES', 'Too many logins did not count.')
  limit.count(counted)
  try {
    const done = await work()
    limit.forgive(counted)
    return done
  } catch (error) {
    await tellOfFault(serving, limit, { who: '?', from: `http ${address}`, request, requestId }, error)
    throw error
  }
}

async function logsOut(serving: ServingStore, asking: Asking, whoIs: WhoIs): Promise<Answered> {
  const { credential, address, requestId } = asking
  const { name } = await whoIs(credential)
  if (credential?.kind !== 'session') throw new CorpusError('USAGE', 'There is no session: no cookie came.')
  const { logOut } = await import('../controller/sessions.ts')
  await logOut(serving.store, name, credential.text, { from: `http ${address}`, requestId })
  return json({ user: name }, { session: null, login: null })
}

async function selfOf({ store }: ServingStore, { credential }: Asking, name: string) {
  const { whoIsIn } = await import('../controller/sessions.ts')
  return whoIsIn(store, name, credential?.kind === 'session' ? credential.text : null)
}

/**
 * That somebody could not be let in is in the audit; why, on standard error, for whoever runs this. Neither grows without end.
 */
export async function tellOfFault(
  { writeRefusal }: Pick<ServingStore, 'writeRefusal'>,
  limit: FailureLimit,
  refusal: Omit<Parameters<ServingStore['writeRefusal']>[0], 'code'>,
  error: unknown,
): Promise<void> {
  if (!(error instanceof CorpusError)) return
  const counted = [`told ${error.code}`]
  if (limit.isReached(counted)) return
  limit.count(counted)
  const { whyOf } = await import('../controller/admission.ts')
  try {
    writeSync(2, `corpus serve: ${error.code}: ${shown(whyOf(error))}\n`)
  } catch {
    // Nobody reads it, or there is no room: people are let in all the same.
  }
  await writeRefusal({ ...refusal, code: error.code })
}

const json = (body: unknown, cookies?: Answered['cookies']): Answered => ({
  status: 200,
  body: `${JSON.stringify(body)}\n`,
  type: 'application/json',
  ...(cookies === undefined ? {} : { cookies }),
})
