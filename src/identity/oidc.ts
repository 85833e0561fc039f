/**
 * A provider of OpenID Connect: authorization code with PKCE, state and nonce. Nothing is kept of a login that is begun: all that
 * it is bound by comes of one secret, which the browser alone holds until it is back.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Configuration, IDToken, UserInfoResponse } from 'openid-client'
import { CorpusError } from '../kernel/errors.ts'
import { isUserName } from '../kernel/names.ts'
import { fetchOf } from './fetch.ts'
import { getsIn, groupsHere, isAdmin, type Person } from './person.ts'
import type { OidcSettings } from './settings.ts'

export interface Begun {
  /** Where the browser is sent. */
  readonly location: string
  /** What it keeps meanwhile. */
  readonly secret: string
}

export interface Provider {
  /** Throws PROVIDER_UNREACHABLE. */
  begin(): Promise<Begun>
  /** `query` is what the browser brought, `secret` what it kept. Throws LOGIN_REFUSED, PROVIDER_UNREACHABLE. */
  finish(query: Readonly<Record<string, string>>, secret: string): Promise<Person>
}

/** So long may somebody take to log in there. */
const longestSeconds = 600

export function providerOf(settings: OidcSettings, now: () => number = Date.now): Provider {
  let known: Promise<Configuration> | undefined
  const configuration = async (): Promise<Configuration> => {
    known ??= discovered(settings)
    try {
      return await known
    } catch (error) {
      known = undefined
      throw error
    }
  }
  return {
    async begin() {
      const secret = `${Math.floor(now() / 1000)}.${randomBytes(32).toString('base64url')}`
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client')
      const { state, nonce, verifier } = boundBy(secret)
      const location = buildAuthorizationUrl(await configuration(), {
        redirect_uri: settings.callback,
        scope: settings.scopes,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { location: location.href, secret }
    },
    async finish(query, secret) {
      const { state, nonce, verifier } = boundBy(secret)
      // Before the provider hears of it: what somebody else began, or what lay about for too long, is no login.
      if (!isWithin(secret, now()) || !isSame(state, query['state'] ?? '')) throw refused('It was not begun here.')
      const url = new URL(settings.callback)
      for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value)
      return personBy(await configuration(), settings, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
    },
  }
}

/** Each by a word of its own: who learns one of them knows none of the others. */
function boundBy(secret: string) {
  const of = (word: string) => createHmac('sha256', secret).update(word).digest('base64url')
  return { state: of('state'), nonce: of('nonce'), verifier: of('verifier') }
}

function isWithin(secret: string, now: number): boolean {
  const [, seconds] = /^(\d{1,12})\.[\w-]{43}$/.exec(secret) ?? []
  const age = now / 1000 - Number(seconds ?? Number.NaN)
  return age >= -1 && age <= longestSeconds
}

const isSame = (one: string, other: string): boolean => timingSafeEqual(digestOf(one), digestOf(other))

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

async function discovered(settings: OidcSettings): Promise<Configuration> {
  const { allowInsecureRequests, customFetch, discovery } = await import('openid-client')
  const url = new URL(settings.issuer)
  try {
    return await discovery(url, settings.clientId, settings.clientSecret, undefined, {
      [customFetch]: fetchOf(settings) as unknown as typeof fetch,
      timeout: settings.timeoutSeconds,
      // Of this machine alone: the settings let no other in.
      execute: url.protocol === 'http:' ? [allowInsecureRequests] : [],
    })
  } catch (cause) {
    throw unreachable(cause)
  }
}

type Checks = NonNullable<Parameters<typeof import('openid-client').authorizationCodeGrant>[2]>

async function personBy(
  configuration: Configuration,
  settings: OidcSettings,
  url: URL,
  checks: Checks,
): Promise<Person> {
  const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client')
  try {
    const tokens = await authorizationCodeGrant(configuration, url, checks)
    const claims = tokens.claims()
    if (claims === undefined) throw refused('The provider says nothing of who it is.')
    const isWhole = [settings.nameClaim, settings.groupsClaim].every(name => claims[name] !== undefined)
    const more =
      isWhole || configuration.serverMetadata().userinfo_endpoint === undefined
        ? {}
        : await fetchUserInfo(configuration, tokens.access_token, claims.sub)
    // What is signed comes first.
    return personOf(settings, { ...more, ...claims })
  } catch (error) {
    if (error instanceof CorpusError) throw error
    throw isAnswer(error) ? refused('The provider does not let it in.', error) : unreachable(error)
  }
}

/** Whether the provider refused, or said what does not hold; else it could not be asked. */
function isAnswer(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  return (
    name === 'AuthorizationResponseError' ||
    name === 'ResponseBodyError' ||
    (typeof code === 'string' && code.startsWith('OAUTH_') && code !== 'OAUTH_RESPONSE_IS_NOT_CONFORM')
  )
}

function personOf(settings: OidcSettings, claims: IDToken & Partial<UserInfoResponse>): Person {
  const { meant, nameClaim, groupsClaim } = settings
  const said = claims[nameClaim]
  const name = typeof said === 'string' ? said.toLowerCase() : ''
  // An address that nobody proved is anybody's.
  if (nameClaim === 'email' && claims['email_verified'] !== true) throw refused('The address is not verified.')
  if (!isUserName(name)) throw refused(`The claim ${nameClaim} has no name of a user.`)
  const groups = groupsHere(
    meant,
    [claims[groupsClaim] ?? []].flat().filter((one): one is string => typeof one === 'string'),
  )
  if (!getsIn(meant, groups)) throw refused('It is in none of the groups that get in.')
  return { source: 'oidc', subject: `${claims.iss} ${claims.sub}`, name, groups, admin: isAdmin(meant, groups) }
}

const refused = (why: string, cause?: unknown): CorpusError =>
  new CorpusError('LOGIN_REFUSED', 'This login does not count.', { cause: cause ?? new Error(why) })

/** What it said is for whoever runs this, not for whoever asks from elsewhere. */
const unreachable = (cause: unknown): CorpusError =>
  new CorpusError('PROVIDER_UNREACHABLE', 'The provider does not answer as it should.', { cause })
