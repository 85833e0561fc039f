/** Git by HTTP, as the entry point has it: hands what is asked to the desk, and bytes between git and whoever asks. It decides nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answered, Credential } from './asking.ts'
import { faultAnswer } from './faults.ts'
import { type GitAsking, type GitDesk, type GitService, gitServices, type RunningGit } from './git-asking.ts'
import { broken, discard, feed, piecesOf, shortBody } from './git-body.ts'
import { answering } from './git-verdict.ts'

export const gitPrefix = '/git/'

interface Sender {
  readonly credential: Credential | null
  readonly address: string
}

export function addGitRoutes(server: FastifyInstance, desk: GitDesk, senderOf: (request: FastifyRequest) => Sender) {
  // Whoever may not ask is told so before anything is said of the body.
  server.register(async routes => {
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', (_, payload, done) => done(null, payload))
    const repository = `${gitPrefix}:name/:repository`
    routes.get(`${repository}/info/refs`, async (request, reply) => {
      const { service, ...more } = request.query as Record<string, unknown>
      const known = gitServices.find(one => service === `git-${one}`)
      if (known === undefined || Object.keys(more).length > 0)
        return refuse(request, reply, faultAnswer(broken('This is for git alone.'), request.id))
      return serve(desk, askingOf(request, known, 'refs', senderOf(request)), request, reply)
    })
    for (const service of gitServices)
      routes.post(`${repository}/git-${service}`, async (request, reply) => {
        const fault = faultOfBody(request, service)
        const isShort = fault !== undefined || request.headers['content-length'] === String(probe.length)
        const asking = askingOf(request, service, isShort ? 'probe' : 'exchange', senderOf(request))
        return serve(desk, asking, request, reply, fault)
      })
  })
}

/** A flush packet alone: nothing is asked, but whether one might. */
const probe = Buffer.from('0000')

function askingOf(request: FastifyRequest, service: GitService, step: GitAsking['step'], sender: Sender): GitAsking {
  const { name = '', repository = '' } = request.params as Record<string, string>
  const protocol = request.headers['git-protocol']
  return { name, repository, service, step, protocol: protocolOf(service, protocol), ...sender, requestId: request.id }
}

/** Pushing has no second version: git speaks the first then, and reads nothing else. */
function protocolOf(service: GitService, header: string | string[] | undefined): string {
  if (typeof header !== 'string' || !/^[a-z0-9=.:-]{1,100}$/i.test(header)) return ''
  return service === 'receive-pack' && header.includes('version=2') ? '' : header
}

function faultOfBody({ headers, id }: FastifyRequest, service: GitService): Answered | undefined {
  if (headers['content-type'] !== `application/x-git-${service}-request`)
    return faultAnswer(broken('This is for git alone.'), id, 415)
  if (!['gzip', 'x-gzip', undefined].includes(headers['content-encoding']))
    return faultAnswer(broken('A body is sent as it is, or packed by gzip.'), id, 415)
  return undefined
}

async function serve(
  desk: GitDesk,
  asking: GitAsking,
  request: FastifyRequest,
  reply: FastifyReply,
  fault?: Answered,
): Promise<FastifyReply | undefined> {
  const gone = new AbortController()
  reply.raw.on('close', () => reply.raw.writableFinished || gone.abort())
  const opened = await desk.open(asking, gone.signal)
  if (opened.kind === 'refused') return refuse(request, reply, opened.answered)
  if (fault !== undefined) return refuse(request, reply, fault)
  if (opened.kind === 'allowed') {
    const body = await shortBody(request.raw, probe.length)
    if (body?.equals(probe)) return headed(reply, asking).send('')
    return refuse(request, reply, faultAnswer(broken('The body is none of git’s.'), request.id))
  }
  reply.hijack()
  await exchange(opened.git, asking, request, reply.raw, gone.signal)
  return undefined
}

async function exchange(
  { input, output, ended }: RunningGit,
  asking: GitAsking,
  { raw: request, id }: FastifyRequest,
  response: FastifyReply['raw'],
  gone: AbortSignal,
): Promise<void> {
  const close = () => {
    input.destroy()
    output.destroy()
  }
  // Who closes it says so by the end of it.
  for (const stream of [input, output, response]) stream.on('error', () => {})
  gone.addEventListener('abort', close)
  if (gone.aborted) close()
  let fault: unknown
  if (asking.step === 'refs') input.end()
  else
    void feed(request, input)
      .catch(error => {
        fault = error
        close()
      })
      .finally(() => discard(request))
  const isPush = asking.service === 'receive-pack' && asking.step === 'exchange'
  const answer = isPush ? answering() : undefined
  const send = async (bytes: Buffer) => {
    if (bytes.length === 0) return
    if (!response.headersSent) {
      response.writeHead(200, headersOf(asking))
      if (asking.step === 'refs' && !asking.protocol.includes('version=2')) response.write(banner(asking.service))
    }
    await written(response, bytes)
  }
  const alive = setInterval(() => {
    if (answer !== undefined && !response.writableNeedDrain) void send(answer.keepAlive())
  }, keepAliveMilliseconds)
  for await (const piece of piecesOf(output)) await send(answer?.take(piece) ?? piece)
  clearInterval(alive)
  const { status, said } = await ended
  if (gone.aborted) return
  if (fault !== undefined || (status !== 0 && !response.headersSent)) {
    if (response.headersSent) response.destroy()
    else answerPlainly(response, faultAnswer(fault ?? broken('Git did not understand what was sent.'), id))
    return
  }
  if (answer === undefined || status === 0) await send(answer?.end() ?? Buffer.alloc(0))
  else {
    const last = answer.fail(said)
    if (last === undefined) return void response.destroy()
    await send(last)
  }
  if (!response.headersSent) response.writeHead(200, headersOf(asking))
  response.end()
}

/** A step of a deployment may say nothing for minutes; proxies end what is silent for one. */
const keepAliveMilliseconds = 5_000

/** Waits for whoever reads slowly; who does not read at all is gone in the end. */
function written(response: FastifyReply['raw'], bytes: Buffer): Promise<void> {
  if (response.destroyed || response.write(bytes)) return Promise.resolve()
  return new Promise(resolve => {
    const timer = setTimeout(() => response.destroy(), unreadMilliseconds)
    const go = () => {
      clearTimeout(timer)
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.on('drain', go)
    response.on('close', go)
  })
}

const unreadMilliseconds = 120_000

function banner(service: GitService): string {
  const line = `# service=git-${service}\n`
  return `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`
}

const kept = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const headersOf = ({ service, step }: GitAsking): Record<string, string> => ({
  ...kept,
  'content-type': `application/x-git-${service}-${step === 'refs' ? 'advertisement' : 'result'}`,
  'x-accel-buffering': 'no',
})

const headed = (reply: FastifyReply, asking: GitAsking): FastifyReply => reply.code(200).headers(headersOf(asking))

function refuse(request: FastifyRequest, reply: FastifyReply, answered: Answered): FastifyReply {
  discard(request.raw)
  return reply.code(answered.status).headers(refusalHeaders(answered)).send(textOf(answered))
}

function answerPlainly(response: FastifyReply['raw'], answered: Answered): void {
  response.writeHead(answered.status, refusalHeaders(answered))
  response.end(textOf(answered))
}

/** Git shows plain text, and nothing of JSON. */
function refusalHeaders({ status, retryAfterSeconds }: Answered): Record<string, string> {
  return {
    ...kept,
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="corpus", Bearer realm="corpus"' } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  }
}

function textOf({ body }: Answered): string {
  const { error } = JSON.parse(body) as {
    readonly error: { readonly code: string; readonly message: string; readonly way_out: string }
  }
  return `corpus: ${error.message} (${error.code})\ncorpus: ${error.way_out}\n`
}
