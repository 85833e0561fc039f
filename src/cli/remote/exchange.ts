/** One request to a server and what it answers, with what comes to light on the way as it comes. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import { CorpusError } from '../../kernel/errors.ts'
import { eventReader, type ServerEvent } from './event-stream.ts'

export interface Server {
  /** As it is called behind -e. */
  readonly name: string
  readonly url: URL
  readonly authorization: string
  /** Of this corpus. */
  readonly version: string
}

export interface Sent {
  readonly method: string
  /** With its query, below the API. */
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  /** Of the corpus that answers; null where it is none. */
  readonly version: string | null
  readonly location: string | null
}

/** The connection ended before the answer was there: it may have been heard, or not. */
export class Broken extends Error {}
/** Whoever asked wants it no more. */
export class Left extends Error {}

const connectMilliseconds = 15_000
/** A server that is there says so every ten seconds, where it has nothing else to say. */
const silentMilliseconds = 60_000
const mostBytes = 512 * 1024 * 1024

/** Throws SERVER_UNREACHABLE, SERVER_UNTRUSTED, SERVER_STRANGE; Broken, Left. */
export async function exchange(
  { url, authorization, version }: Server,
  { method, path, body, headers }: Sent,
  ways: { readonly signal?: AbortSignal | undefined; readonly onEvent?: (event: ServerEvent) => void } = {},
): Promise<Answer> {
  const { signal, onEvent = () => {} } = ways
  if (signal?.aborted === true) throw new Left()
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return new Promise((resolve, reject) => {
    const asked = request({
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      method,
      path: `${url.pathname.replace(/\/+$/, '')}/api/v1${path}`,
      agent: false,
      headers: {
        authorization,
        'user-agent': `corpus/${version}`,
        ...headers,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      },
    })
    const leave = () => asked.destroy(new Left())
    signal?.addEventListener('abort', leave)
    const failed = (error: Error) => {
      signal?.removeEventListener('abort', leave)
      reject(signal?.aborted === true ? new Left() : faultOfConnection(error, url))
    }
    limitWaiting(asked)
    asked.on('error', failed)
    asked.on('response', response => {
      readAnswer(response, onEvent).then(answer => {
        signal?.removeEventListener('abort', leave)
        resolve(answer)
      }, failed)
    })
    asked.end(body)
  })
}

function limitWaiting(asked: ClientRequest): void {
  const connecting = setTimeout(
    () => asked.destroy(Object.assign(new Error('it does not answer'), { code: 'ETIMEDOUT' })),
    connectMilliseconds,
  )
  asked.on('socket', socket => socket.once('connect', () => clearTimeout(connecting)))
  asked.on('close', () => clearTimeout(connecting))
  asked.setTimeout(silentMilliseconds, () => asked.destroy(new Broken('nothing was heard for a minute')))
}

/** Throws Broken. */
function readAnswer(response: IncomingMessage, onEvent: (event: ServerEvent) => void): Promise<Answer> {
  const { statusCode = 0, headers } = response
  const version = headers['corpus-version']
  const head = {
    status: statusCode,
    type: (headers['content-type'] ?? '').split(';')[0] ?? '',
    version: typeof version === 'string' ? version : null,
    location: headers.location ?? null,
  }
  return new Promise((resolve, reject) => {
    let body = ''
    let answer: Answer | undefined
    const isStream = head.type === 'text/event-stream'
    const read = eventReader(event => {
      if (event.name === 'answer')
        answer = { ...head, ...(JSON.parse(event.data) as Pick<Answer, 'status' | 'type' | 'body'>) }
      else onEvent(event)
    })
    response.setEncoding('utf8')
    response.on('data', (piece: string) => {
      try {
        if (isStream) read(piece)
        else body += piece
        if (body.length > mostBytes) throw new CorpusError('SERVER_STRANGE', 'It answers more than anybody reads.')
      } catch (error) {
        response.destroy(error as Error)
      }
    })
    response.on('error', reject)
    response.on('end', () => {
      if (!isStream) resolve({ ...head, body })
      else if (answer !== undefined) resolve(answer)
      else reject(new Broken('it ended before the answer'))
    })
    response.on('close', () => reject(new Broken('it ended in the middle')))
  })
}

const unreachable = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
]
const untrusted =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_)/

function faultOfConnection(error: Error, url: URL): Error {
  if (error instanceof Broken || error instanceof Left || error instanceof CorpusError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const detail = error.message === '' ? code : error.message
  const place = url.origin
  if (unreachable.includes(code) || error instanceof AggregateError)
    return new CorpusError('SERVER_UNREACHABLE', `Nobody answers at ${place}.`, {
      detail: reasonOf(code, url) ?? detail,
    })
  if (untrusted.test(code))
    return new CorpusError('SERVER_UNTRUSTED', `The certificate of ${place} is none that counts.`, { detail })
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('HPE_'))
    return new CorpusError('SERVER_STRANGE', `What answers at ${place} does not speak ${url.protocol.slice(0, -1)}.`, {
      detail,
    })
  return new Broken(detail)
}

function reasonOf(code: string, { hostname }: URL): string | undefined {
  if (code === 'ECONNREFUSED')
    return 'The connection was refused: corpus serve does not run there, or listens elsewhere.'
  if (code === 'ENOTFOUND') return `There is no host ${hostname}.`
  if (code === 'EAI_AGAIN') return `Nobody could be asked where ${hostname} is.`
  return undefined
}
