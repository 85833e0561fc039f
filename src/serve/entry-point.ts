/** The HTTP entry point: reads what is asked, hands it to the desk with its credential, and writes what that answers. It decides nothing. */
import { randomUUID } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Told } from '../controller/told.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type Answered, type Asking, api, type Credential, type Desk } from './asking.ts'
import { addAuthRoutes } from './auth-routes.ts'
import { type Bodies, isTooDeep, patchTypes, saidByBody } from './bodies.ts'
import { comesOfPage, cookieHeaders, sessionIn } from './cookies.ts'
import { faultAnswer } from './faults.ts'
import type { GitDesk } from './git-asking.ts'
import { addGitRoutes, gitPrefix } from './git-routes.ts'
import type { Mcp, McpOptions } from './mcp.ts'
import { lastEventOf, sendOnTheWay, wantsOnTheWay } from './on-the-way.ts'

export interface EntryPointOptions {
  readonly address: string
  readonly port: number
  /** Host names by which it may be asked, beside addresses and localhost. */
  readonly domains: readonly string[]
  readonly routes: readonly Route[]
  readonly openApi: string
  /** The same as a page, which says itself what a browser may do with it. */
  readonly page: { readonly html: string; readonly policy: string }
  readonly version: string
  readonly mcp: McpOptions
}

export interface Route extends Pick<Told, 'name' | 'http'> {
  readonly bodies: Bodies
}

export interface EntryPoint {
  readonly port: number
  close(): Promise<void>
}

const mostBodyBytes = 1024 * 1024
const slowestBodyMilliseconds = 30_000

/** Throws LISTEN_FAILED. */
export async function openEntryPoint(options: EntryPointOptions, desk: Desk, git: GitDesk): Promise<EntryPoint> {
  const server = fastify({
    bodyLimit: mostBodyBytes,
    // A proxy of this machine says whom it speaks for; nobody else is believed.
    trustProxy: 'loopback',
    // What git sends takes as long as it takes; all else is held to a time of its own.
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: (error, socket) => refuseSocket(desk, error, socket),
    routerOptions: { maxParamLength: 200 },
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, insecureHTTPParser: false },
  })
  server.server.maxConnections = 1000
  // Nothing behind a name of JSON is nothing said: programs name it always.
  const readJson = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser(['application/json', ...patchTypes], { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else if (isTooDeep(body.toString())) done(new CorpusError('USAGE', 'The body is too deep.'), undefined)
    else readJson(request, body.toString(), done)
  })
  const refuse = (request: FastifyRequest, reply: FastifyReply, fault: Answered) => {
    writeDown(desk, senderOf(request).address, request.id, nameOf(request), fault)
    return send(reply, fault)
  }
  server.setErrorHandler((error, request, reply) => {
    const fault = faultOfHttp(error, request.id)
    return fault.status < 500 ? refuse(request, reply, fault) : send(reply, fault)
  })
  server.setNotFoundHandler((request, reply) =>
    send(
      reply,
      faultAnswer(new CorpusError('ROUTE_UNKNOWN', 'There is nothing of that kind to be asked.'), request.id),
    ),
  )
  server.addHook('onRequest', async (request, reply) => {
    // By it a client knows that it is a corpus, and which one.
    reply.raw.setHeader('corpus-version', options.version)
    const fault = faultOfSender(request, options.domains)
    if (fault !== undefined) return refuse(request, reply, fault)
    if (!isGit(request)) endSlowBody(request)
  })
  server.get('/openapi.json', (_, reply) => reply.type('application/json').send(options.openApi))
  server.get('/api', (_, reply) =>
    reply
      .headers({ 'content-security-policy': options.page.policy, 'x-content-type-options': 'nosniff' })
      .type('text/html; charset=utf-8')
      .send(options.page.html),
  )
  addGitRoutes(server, git, senderOf)
  for (const route of options.routes) addRoute(server, desk, route)
  addMcp(server, desk, options.mcp)
  addAuthRoutes(server, { desk, asking: (name, request) => askingOf(name, { whole: {} }, request), send })
  try {
    await server.listen({ host: options.address, port: options.port })
  } catch (cause) {
    throw new CorpusError('LISTEN_FAILED', `Nobody can listen at ${options.address}:${options.port}.`, {
      detail: (cause as Error).message,
      cause,
    })
  }
  const at = server.server.address()
  return { port: typeof at === 'object' && at !== null ? at.port : options.port, close: () => server.close() }
}

/** `GET /api/v1/projects/:name`; of what has no route the path, with no token in it. */
function nameOf({ method, url, routeOptions }: FastifyRequest): string {
  const path = routeOptions.url ?? url.split('?', 1)[0] ?? ''
  return `${method} ${path.replaceAll(/corpus\.[\w-]{12}\.[\w-]{20,}/g, '********')}`
}

/** That it was refused is in the audit; nobody waits for that. */
function writeDown(desk: Desk, address: string, requestId: string, request: string, fault: Answered): void {
  const refused = codeOf(fault)
  const nobody = { given: {}, credential: null, address, requestId }
  void desk.ask({ ...nobody, request, refused }, new AbortController().signal).catch(() => {})
}

const codeOf = ({ body }: Answered): string =>
  (JSON.parse(body) as { readonly error: { readonly code: string } }).error.code

/** What is no HTTP, or would be read as another request by others: answered once, and the connection ends. */
function refuseSocket(desk: Desk, error: Error & { readonly code?: string }, socket: Socket): void {
  // Whoever went away in the middle is answered nothing, and has said nothing wrong.
  if (['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'].includes(error.code ?? '') || socket.destroyed) {
    socket.destroy()
    return
  }
  const known = { HPE_HEADER_OVERFLOW: [431, 'Too Large'], ERR_HTTP_REQUEST_TIMEOUT: [408, 'Timeout'] } as const
  const [status, words] = known[error.code as keyof typeof known] ?? [400, 'Bad Request']
  const requestId = randomUUID()
  const fault = faultAnswer(new CorpusError('USAGE', 'That is no HTTP.'), requestId, status)
  writeDown(desk, socket.remoteAddress ?? '', requestId, 'no HTTP', fault)
  const length = Buffer.byteLength(fault.body)
  const head = `HTTP/1.1 ${status} ${words}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`
  if (socket.writable) socket.write(`${head}Connection: close\r\n\r\n${fault.body}`)
  socket.destroySoon()
}

function addRoute(server: FastifyInstance, desk: Desk, { name, http, bodies }: Route): void {
  const [method = '', path = ''] = http.split(' ')
  server.route({
    method,
    url: `${api}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    async handler(request, reply) {
      const asking = askingOf(name, bodies, request)
      const gone = new AbortController()
      reply.raw.on('close', () => gone.abort())
      if (name === 'job events' && !(request.headers.accept ?? '').includes('application/json'))
        return sendEvents(desk, asking, request, reply, gone.signal)
      if (name !== 'job events' && wantsOnTheWay(request))
        return sendOnTheWay(desk, { ...asking, onTheWay: { after: lastEventOf(request) } }, reply, gone.signal, send)
      return send(reply, await desk.ask(asking, gone.signal))
    },
  })
}

/** Loaded with the first message: most who serve have nobody who asks so. */
function addMcp(server: FastifyInstance, desk: Desk, options: McpOptions): void {
  let opened: Promise<Mcp> | undefined
  server.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    async handler(request, reply) {
      opened ??= import('./mcp.ts').then(({ openMcp }) => openMcp(options, desk))
      return (await opened)(request, reply, { ...senderOf(request), requestId: request.id })
    },
  })
}

/** Throws USAGE. */
function askingOf(name: string, bodies: Bodies, request: FastifyRequest): Asking {
  const { 'idempotency-key': key, 'if-none-match': ifNoneMatch, 'if-match': ifMatch } = request.headers
  const { credential, address } = senderOf(request)
  return {
    request: name,
    given: givenBy(request, bodies),
    credential: credential ?? sessionIn(request),
    address,
    requestId: request.id,
    ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  }
}

const senderOf = (request: FastifyRequest): Pick<Asking, 'credential' | 'address'> => ({
  credential: credentialOf(request.headers.authorization),
  address: isIP(request.ip) > 0 ? request.ip : (request.socket.remoteAddress ?? ''),
})

const isGit = (request: FastifyRequest): boolean => (request.routeOptions.url ?? '').startsWith(gitPrefix)

/** Who has not said all by then is cut off. */
function endSlowBody({ raw }: FastifyRequest): void {
  const timer = setTimeout(() => raw.complete || raw.destroy(), slowestBodyMilliseconds)
  timer.unref()
  raw.on('close', () => clearTimeout(timer))
}

/** What the path, the query and the body say; nothing is said twice. */
function givenBy({ params, query, body, headers }: FastifyRequest, bodies: Bodies): Record<string, unknown> {
  const given = new Map<string, unknown>()
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const said = saidByBody(bodies, type, body)
  if (said === undefined) throw Object.assign(new Error('A body of that type says nothing here.'), { statusCode: 415 })
  for (const part of [params, query, said])
    for (const [name, value] of Object.entries((part ?? {}) as Record<string, unknown>)) {
      if (given.has(name)) throw new CorpusError('USAGE', `${JSON.stringify(name.slice(0, 80))} is said twice.`)
      given.set(name, value)
    }
  return Object.fromEntries(given)
}

/** Undefined is nobody's; what cannot be read is a credential that does not count. */
export function credentialOf(header: string | undefined): Credential | null {
  if (header === undefined) return null
  const [, scheme = '', rest = ''] = /^(bearer|basic) +([^ ]+) *$/i.exec(header) ?? []
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', text: rest }
  if (scheme.toLowerCase() !== 'basic') return { kind: 'bearer', text: '' }
  const [, name = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(rest, 'base64').toString('utf8')) ?? []
  return { kind: 'basic', name: name.slice(0, 100), secret }
}

const saidOnce = [
  'host', 'origin', 'authorization', 'content-type', 'content-length', 'transfer-encoding', 'idempotency-key', 'if-match', 'last-event-id',
] // biome-ignore format: a list

/** A name that leads here without our knowing is another site's trick; so is a page of another origin. */
function faultOfSender(request: FastifyRequest, domains: readonly string[]): Answered | undefined {
  // Of two, each who reads may take another.
  const names = request.raw.rawHeaders.filter((_, at) => at % 2 === 0).map(name => name.toLowerCase())
  const twice = saidOnce.find(name => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) return faultAnswer(new CorpusError('USAGE', `${twice} is said twice.`), request.id)
  const host = hostOf(request.headers.host ?? '')
  if (host === undefined || !(host === 'localhost' || isIP(host) > 0 || domains.includes(host)))
    return faultAnswer(new CorpusError('HOST_REFUSED', 'This is not asked by that name.'), request.id)
  const { origin } = request.headers
  if (origin !== undefined && !isOwnOrigin(origin, request.headers.host ?? ''))
    return faultAnswer(new CorpusError('HOST_REFUSED', 'This is not asked by pages of other origins.'), request.id, 403)
  // What is packed may be of any size when it is unpacked.
  if (request.headers['content-encoding'] !== undefined && !isGit(request))
    return faultAnswer(new CorpusError('USAGE', 'A body is sent as it is.'), request.id, 415)
  return undefined
}

function hostOf(header: string): string | undefined {
  const [, six, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header) ?? []
  return (six ?? name)?.toLowerCase()
}

const isOwnOrigin = (origin: string, host: string): boolean =>
  origin === `http://${host}` || origin === `https://${host}`

function send(reply: FastifyReply, answered: Answered): FastifyReply {
  const { status, body, type, retryAfterSeconds, location, cookies, etag, next } = answered
  if (cookies !== undefined) reply.header('set-cookie', cookieHeaders(reply.request, cookies))
  if (status === 401 && !comesOfPage(reply.request))
    reply.header('www-authenticate', 'Bearer realm="corpus", Basic realm="corpus"')
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  if (location !== undefined) reply.header('location', location)
  if (etag !== undefined) reply.header('etag', etag)
  if (next !== undefined) reply.header('link', `<${pathOfPage(reply.request, next)}>; rel="next"`)
  reply
    .code(status)
    .header('cache-control', etag === undefined ? 'no-store' : 'private, no-cache')
    .header('x-content-type-options', 'nosniff')
  return status === 304 ? reply.send() : reply.type(type).send(body)
}

/** The same list from a cursor on. */
function pathOfPage({ url }: FastifyRequest, cursor: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  searchParams.set('cursor', cursor)
  return `${pathname}?${searchParams}`
}

/** A body that is too large, no JSON, or no text; else a fault of ours. */
function faultOfHttp(error: unknown, requestId: string): Answered {
  const { statusCode = 500, message = '' } = (error ?? {}) as {
    readonly statusCode?: number
    readonly message?: string
  }
  if (error instanceof CorpusError || statusCode >= 500) return faultAnswer(error, requestId)
  return faultAnswer(new CorpusError('USAGE', message), requestId, statusCode)
}

/** Server-sent events: asked for again and again, each time with the credential, which may be revoked meanwhile. */
async function sendEvents(
  desk: Desk,
  asking: Asking,
  request: FastifyRequest,
  reply: FastifyReply,
  gone: AbortSignal,
): Promise<FastifyReply | undefined> {
  const last = request.headers['last-event-id']
  let from: unknown = asking.given['from'] ?? 0
  if (typeof last === 'string' && /^\d{1,9}$/.test(last)) from = Number(last) + 1
  let isOpen = false
  for (;;) {
    const answered = await desk.ask({ ...asking, given: { ...asking.given, from, wait: true } }, gone)
    if (answered.status !== 200) {
      if (!isOpen) return send(reply, answered)
      reply.raw.end(`event: fault\ndata: ${answered.body.trim()}\n\n`)
      return undefined
    }
    if (!isOpen) {
      isOpen = true
      reply.hijack()
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
    }
    const { events, job, ended } = JSON.parse(answered.body) as {
      readonly events: readonly { readonly offset: number; readonly at: number; readonly event: unknown }[]
      readonly job: unknown
      readonly ended: boolean
    }
    const text = events.map(one => `id: ${one.offset}\ndata: ${JSON.stringify(one.event)}\n\n`).join('')
    await written(reply, text === '' ? ': waits\n\n' : text)
    if (ended) {
      reply.raw.end(`event: end\ndata: ${JSON.stringify(job)}\n\n`)
      return undefined
    }
    if (gone.aborted) return undefined
    const lastSent = events.at(-1)
    if (lastSent !== undefined) from = lastSent.offset + 1
  }
}

/** Waits for whoever reads slowly; who is gone reads nothing more. */
function written({ raw }: FastifyReply, text: string): Promise<void> {
  return new Promise(resolve => {
    if (raw.destroyed || raw.write(text)) return resolve()
    const go = () => {
      raw.off('drain', go)
      raw.off('close', go)
      resolve()
    }
    raw.on('drain', go)
    raw.on('close', go)
  })
}
