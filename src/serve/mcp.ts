/**
 * MCP at /mcp: what may be asked, as tools for programs that look for them. It decides nothing: each message is asked of the desk with
 * its token. Nothing is kept between two messages, so there are no sessions.
 */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import {
  type CallToolResult,
  createMcpHandler,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { type Answered, type Asking, allowedTools, type Desk } from './asking.ts'
import { faultAnswer } from './faults.ts'
import type { Tool } from './tools.ts'

export interface McpOptions {
  readonly version: string
  readonly tools: readonly Tool[]
}

/** Who asks, and with what. */
type Asker = Pick<Asking, 'credential' | 'address' | 'requestId'>

/** One message that is answered. */
interface Exchange {
  readonly asker: Asker
  readonly allowed: ReadonlySet<string>
  readonly gone: AbortSignal
}

export type Mcp = (request: FastifyRequest, reply: FastifyReply, asker: Asker) => Promise<FastifyReply>

const instructions =
  'corpus deploys projects of this machine. What takes its time answers {"job": ID} at once: job_events with that id, "wait": true and the ' +
  'offset behind the last event in "from" tells how it goes until "ended" is true, job_show how it went, and job_cancel stops it. An error has ' +
  'a code and a way out. A tool that is not listed needs a right that this token lacks.'

export function openMcp({ version, tools }: McpOptions, desk: Desk): Mcp {
  const handler = createMcpHandler(({ authInfo }) => serverFor(version, tools, desk, exchangeOf(authInfo)), {
    // What may be asked changes with what is granted, and is listed anew each time: there is nothing to wait for.
    maxSubscriptions: 0,
  })
  return async (request, reply, asker) => {
    const gone = new AbortController()
    reply.raw.on('close', () => gone.abort())
    // Before anything is read of it: whose token does not count is told nothing.
    const { method } = Object(request.body) as { readonly method?: unknown }
    const allowed = await desk.ask(tokenAlone(asker, allowedTools, { listed: method === 'tools/list' }), gone.signal)
    if (allowed.status !== 200) return refused(reply, allowed)
    if (Array.isArray(request.body))
      return refused(reply, faultAnswer(new CorpusError('USAGE', 'Messages are sent one by one.'), asker.requestId))
    const exchange: Exchange = { asker, allowed: new Set(JSON.parse(allowed.body) as string[]), gone: gone.signal }
    const response = await handler.fetch(asWebRequest(request, gone.signal), {
      parsedBody: request.body,
      // What the token is, nobody behind this has to know.
      authInfo: { token: '', clientId: '', scopes: [], extra: { exchange } },
    })
    for (const [name, value] of response.headers) reply.header(name, value)
    reply.code(response.status).header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    return reply.send(response.body === null ? '' : Readable.fromWeb(response.body as ReadableStream))
  }
}

/** A password is nothing that a program should have. */
function tokenAlone(asker: Asker, request: string, given: Asking['given']): Asking {
  const credential = asker.credential?.kind === 'bearer' ? asker.credential : null
  return { ...asker, credential, request, given, via: 'mcp' }
}

function refused(reply: FastifyReply, { status, body, type, retryAfterSeconds }: Answered): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="corpus"')
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .type(type)
    .send(body)
}

/** What the protocol reads of it: its method and what its headers say of the message. */
function asWebRequest({ method, headers }: FastifyRequest, signal: AbortSignal): Request {
  const told = new Headers()
  for (const [name, value] of Object.entries(headers))
    if (typeof value === 'string' && /^(accept|content-type|last-event-id|mcp-[a-z-]+)$/.test(name))
      told.set(name, value)
  return new Request('http://localhost/mcp', { method, headers: told, signal })
}

function exchangeOf(authInfo: { readonly extra?: Readonly<Record<string, unknown>> } | undefined): Exchange {
  const exchange = authInfo?.extra?.['exchange'] as Exchange | undefined
  if (exchange === undefined) throw new Error('A message without whoever sent it.')
  return exchange
}

function serverFor(version: string, tools: readonly Tool[], desk: Desk, { asker, allowed, gone }: Exchange): Server {
  const server = new Server({ name: 'corpus', version }, { capabilities: { tools: {} }, instructions })
  server.setRequestHandler('tools/list', () => ({
    tools: tools.filter(({ request }) => allowed.has(request)).map(({ request: _, ...tool }) => ({ ...tool })),
  }))
  server.setRequestHandler('tools/call', async ({ params }) => {
    // One that is declared and not listed is asked all the same: the desk refuses it, and writes that down.
    const tool = tools.find(one => one.name === params.name)
    if (tool === undefined)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${shown(params.name)}.`)
    return resultOf(await desk.ask(tokenAlone(asker, tool.request, { ...params.arguments }), gone))
  })
  return server
}

function resultOf({ status, body }: Answered): CallToolResult {
  return { content: [{ type: 'text', text: body }], ...(status >= 400 ? { isError: true } : {}) }
}
