/** Downloads one file by HTTP or HTTPS: streamed, limited in size, time and redirects. */
import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { CorpusError } from '../kernel/errors.ts'
import type { Digest } from './digest.ts'
import { receiver, type Transfer, tooLarge, unreachable } from './receiver.ts'
import { type ArtifactUrl, artifactUrl } from './url.ts'

const maximumRedirects = 5

/** Answers undefined for 404 and 410, and for what is only `wished for` also where the server will not say (401, 403). */
export async function download(url: ArtifactUrl, path: string, transfer: Transfer): Promise<Digest | undefined> {
  const { limits, signal } = transfer
  const late = AbortSignal.timeout(limits.timeoutSeconds * 1000)
  const stop = signal ? AbortSignal.any([signal, late]) : late
  try {
    const response = await follow(url, transfer, stop)
    if (response === undefined) return undefined
    return await receive(response, url, path, limits.maximumBytes)
  } catch (error) {
    if (signal?.aborted) throw new CorpusError('CANCELLED', `${url.shown} was being fetched: it was cancelled.`)
    if (late.aborted) throw unreachable(url, `it took longer than ${limits.timeoutSeconds} seconds`)
    throw error instanceof CorpusError ? error : unreachable(url, reason(error), error)
  }
}

async function follow(url: ArtifactUrl, transfer: Transfer, signal: AbortSignal): Promise<IncomingMessage | undefined> {
  const absent = transfer.wishedFor ? [401, 403, 404, 410] : [404, 410]
  let at = url
  for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
    const response = await ask(at, transfer.limits.idleSeconds, signal)
    const status = response.statusCode ?? 0
    if (status === 200) return response
    response.destroy()
    if (absent.includes(status)) return undefined
    if (![301, 302, 303, 307, 308].includes(status)) throw unreachable(at, `the server answers ${status}`)
    at = redirected(at, response.headers.location)
  }
  throw unreachable(url, `it is redirected more than ${maximumRedirects} times`)
}

/** Never from https to http, and with the account's credentials only to the same host. */
function redirected(from: ArtifactUrl, location: string | undefined): ArtifactUrl {
  const base = `${from.scheme}://${from.host}${from.port && `:${from.port}`}${from.path}`
  if (location === undefined || !URL.canParse(location, base)) throw unreachable(from, 'it is redirected to nowhere')
  const target = new URL(location, base)
  target.hash = ''
  const to = artifactUrl(target.href)
  if (to.scheme !== 'https' && to.scheme !== from.scheme) throw unreachable(from, `it is redirected to ${to.shown}`)
  const sameHost = to.host === from.host && to.port === from.port && to.scheme === from.scheme
  return sameHost && to.user === '' ? { ...to, user: from.user, password: from.password } : to
}

function ask(url: ArtifactUrl, idleSeconds: number, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = url.scheme === 'https' ? getHttps : getHttp
    const auth = url.user === '' ? {} : { auth: `${url.user}:${url.password}` }
    const host = url.host.replace(/^\[|\]$/g, '')
    const headers = { 'user-agent': 'corpus', accept: '*/*', 'accept-encoding': 'identity' }
    const options = { host, path: url.path, headers, signal, agent: false, timeout: idleSeconds * 1000, ...auth }
    const request = get(url.port === '' ? options : { ...options, port: url.port }, resolve)
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${idleSeconds} seconds`)))
    request.on('error', reject)
  })
}

async function receive(
  response: IncomingMessage,
  url: ArtifactUrl,
  path: string,
  maximumBytes: number,
): Promise<Digest> {
  const expected = Number(response.headers['content-length'] ?? Number.NaN)
  if (expected > maximumBytes) {
    response.destroy()
    throw tooLarge(url, maximumBytes)
  }
  const into = receiver(url, path, maximumBytes)
  try {
    for await (const piece of response) into.take(piece as Buffer)
  } finally {
    into.close()
    response.destroy()
  }
  const digest = into.digest()
  if (!Number.isNaN(expected) && digest.bytes !== expected)
    throw unreachable(url, `it ended after ${digest.bytes} of ${expected} bytes`)
  return digest
}

function reason(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' || message === 'aborted') return 'the connection ended before the file did'
  return (message || code) ?? String(error)
}
