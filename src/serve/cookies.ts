/** Cookies: which come, and which are kept. What they mean is decided at the desk. */
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Answered, Credential } from './asking.ts'

/**
 * Over TLS the browser itself sees to it that a name with `__Host-` comes of this host alone, by TLS: what another host of the
 * domain set, or somebody on the way, is not looked at. Only this machine and bare addresses are asked without.
 */
const nameOf = (what: keyof NonNullable<Answered['cookies']>, request: FastifyRequest): string =>
  `${isSafe(request) ? '__Host-' : ''}corpus-${what}`

function isSafe({ protocol, headers }: FastifyRequest): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return protocol === 'https' || !(host.toLowerCase() === 'localhost' || isIP(host) > 0)
}

/** Undefined where none came, or two of one name: of those, one is another's. */
function cookieIn(request: FastifyRequest, name: string): string | undefined {
  const all = (request.headers.cookie ?? '').split(';').map(one => one.trim())
  const [value, other] = all.filter(one => one.startsWith(`${name}=`)).map(one => one.slice(name.length + 1))
  return other === undefined ? value : undefined
}

export function sessionIn(request: FastifyRequest): Credential | null {
  const text = cookieIn(request, nameOf('session', request))
  const csrf = request.headers['x-csrf-token']
  return text === undefined ? null : { kind: 'session', text, csrf: typeof csrf === 'string' ? csrf : null }
}

export const loginIn = (request: FastifyRequest): string | undefined => cookieIn(request, nameOf('login', request))

/** Lax: it comes with whoever follows a link to here, and with no form or picture of other sites. */
export function cookieHeaders(request: FastifyRequest, cookies: NonNullable<Answered['cookies']>): string[] {
  const safe = isSafe(request) ? '; Secure' : ''
  return (['session', 'login'] as const).flatMap(what => {
    const value = cookies[what]
    if (value === undefined) return []
    const age = value === null ? '; Max-Age=0' : what === 'login' ? '; Max-Age=600' : ''
    return [`${nameOf(what, request)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Lax${safe}${age}`]
  })
}

/** A browser would ask for a password of its own where a page of ours asks already. */
export const comesOfPage = (request: FastifyRequest): boolean =>
  request.url.startsWith('/auth/') || request.headers.cookie !== undefined
