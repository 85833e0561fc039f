/** A declared request, asked of a server: what broke is asked once more, and what is followed goes on where it was. */
import { randomUUID } from 'node:crypto'
import type { Command } from '../../controller/reference/commands.ts'
import type { Telling } from '../../controller/request.ts'
import { CorpusError, ToldError } from '../../kernel/errors.ts'
import { visible } from '../../kernel/visible.ts'
import { unpack } from '../../statefiles/wire.ts'
import type { Reply, Ways } from '../place.ts'
import type { ServerEvent } from './event-stream.ts'
import { type Answer, Broken, exchange, Left, type Sent, type Server } from './exchange.ts'
import { checkAnswer, codeOf, isOfProxy } from './faults.ts'

/** Undefined where whoever asked left what they only looked at. Throws SERVER_…, FOLLOWER_LEFT, and what the server refuses. */
export async function askServer(
  server: Server,
  command: Command,
  params: Readonly<Record<string, unknown>>,
  ways: Ways,
): Promise<Reply | undefined> {
  const asked = { server, signal: ways.signal, watch: watcher(ways.tell) }
  let job = command.name === 'job follow' ? String(params['id']) : undefined
  try {
    const sent = requestOf(command, params)
    if (job !== undefined) asked.watch.goesOn = true
    const answer = await (command.kind === 'read' ? read(asked, sent) : change(asked, sent))
    checkAnswer(server, answer, command.name)
    if (answer.status !== 202) return replyOf(command, answer)
    job = String((JSON.parse(answer.body) as { readonly job?: unknown }).job)
    // It is under way, whoever looks on: a server that goes away is waited for.
    asked.watch.goesOn = true
    const path = `/jobs/${encodeURIComponent(job)}/log`
    const ended = await read(asked, { method: 'GET', path, headers: { accept: onTheWay } })
    checkAnswer(server, ended, command.name)
    return replyOf(command, ended)
  } catch (error) {
    if (!(error instanceof Left)) throw error
    if (asked.watch.hasLines) return undefined
    throw leftFault(server, job ?? asked.watch.release, params['name'])
  }
}

/** What comes to light on the way is wanted, too. */
const onTheWay = 'text/event-stream, application/json'

/** What the path does not name is in the query, or in a body of JSON. */
function requestOf({ http, name }: Pick<Command, 'http' | 'name'>, params: Readonly<Record<string, unknown>>): Sent {
  const [method = '', template = ''] = http.split(' ')
  const rest = new Map(Object.entries(params))
  const path = template.replaceAll(/\{(\w+)\}/g, (_, param: string) => {
    const value = String(params[param])
    rest.delete(param)
    return encodeURIComponent(value)
  })
  // A page of events is what is asked for; they come one by one to whoever follows.
  const headers = { accept: name === 'job events' ? 'application/json' : onTheWay }
  if (method !== 'GET' && method !== 'DELETE')
    return { method, path, headers, body: JSON.stringify(Object.fromEntries(rest)) }
  const query = new URLSearchParams(
    [...rest].flatMap(([param, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [param, String(one)]),
    ),
  )
  return { method, path: query.size === 0 ? path : `${path}?${query}`, headers }
}

interface Asked {
  readonly server: Server
  readonly signal: AbortSignal | undefined
  readonly watch: Watcher
}

const firstPauseMilliseconds = 250
const longestPauseMilliseconds = 3000
/** A server that is started anew, or a laptop that changes its network, is back before. */
const patienceMilliseconds = 5 * 60_000

/** Asked once more where the connection broke; what is followed, again and again, behind what was told already. */
async function read({ server, signal, watch }: Asked, sent: Sent): Promise<Answer> {
  let pause = firstPauseMilliseconds
  let since: number | undefined
  let isSecond = false
  for (;;) {
    const before = watch.told
    let fault: Error
    try {
      const answer = await exchange(server, watch.again(sent), { signal, onEvent: watch.take })
      if (!watch.goesOn || !isOfProxy(answer)) return answer
      fault = new CorpusError('SERVER_UNREACHABLE', `Nobody answers behind ${server.url.origin}.`)
    } catch (error) {
      if (!isPassing(error)) throw error
      fault = error instanceof Broken ? brokenFault(server, error) : error
      if (!watch.goesOn && (isSecond || !(error instanceof Broken))) throw fault
    }
    isSecond = true
    if (watch.told > before || since === undefined) {
      since = Date.now()
      pause = firstPauseMilliseconds
    }
    if (Date.now() - since > patienceMilliseconds) throw fault
    await pauseOf(pause, signal)
    pause = Math.min(2 * pause, longestPauseMilliseconds)
  }
}

/** Asked with a key, by which it is done once: so it can be asked again where the connection broke. */
async function change({ server, signal, watch }: Asked, sent: Sent): Promise<Answer> {
  const keyed = { ...sent, headers: { ...sent.headers, 'idempotency-key': randomUUID() } }
  let isSecond = false
  for (;;) {
    try {
      const answer = await exchange(server, keyed, { signal, onEvent: watch.take })
      if (!isSecond || codeOf(answer) !== 'CHANGE_UNDER_WAY') return answer
      await pauseOf(longestPauseMilliseconds / 3, signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      if (isSecond) throw doubtful(server, error)
      if (!(error instanceof Broken)) throw error
      isSecond = true
      await pauseOf(firstPauseMilliseconds, signal)
    }
  }
}

const isPassing = (error: unknown): error is Broken | CorpusError =>
  error instanceof Broken || (error instanceof CorpusError && error.code === 'SERVER_UNREACHABLE')

const brokenFault = ({ url }: Server, { message }: Broken): CorpusError =>
  new CorpusError('SERVER_UNREACHABLE', `The connection to ${url.origin} broke.`, { detail: `It says: ${message}.` })

const doubtful = ({ url }: Server, error: Error): CorpusError =>
  new CorpusError(
    'SERVER_UNREACHABLE',
    `The connection to ${url.origin} broke, and it is not known whether it was done.`,
    {
      detail: error instanceof CorpusError ? error.detail : `It says: ${error.message}.`,
    },
  )

function pauseOf(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer)
      reject(new Left())
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, milliseconds)
    if (signal?.aborted === true) leave()
    else signal?.addEventListener('abort', leave, { once: true })
  })
}

/** What was told until now, so that it is told once. */
interface Watcher {
  /** What is followed is worth waiting for. */
  goesOn: boolean
  told: number
  hasLines: boolean
  /** The deployment whose log it is. */
  release: string | undefined
  readonly take: (event: ServerEvent) => void
  /** The same request, for what is behind it. */
  again(sent: Sent): Sent
}

/** As many lines of an application may come again. */
const mostLines = 5000

function watcher(tell: (telling: Telling) => void): Watcher {
  let last: string | undefined
  let lines: string[] = []
  let known = new Set<string>()
  const watch: Watcher = {
    goesOn: false,
    told: 0,
    hasLines: false,
    release: undefined,
    take({ name, data, id }) {
      if (name === 'warning') return void process.stderr.write(visible(`warning: ${String(JSON.parse(data))}\n`))
      if (name !== 'telling') return
      watch.told++
      if (id !== undefined) {
        last = id
        watch.release = id.split(':')[0]
        watch.goesOn = true
      }
      const telling = unpack(JSON.parse(data)) as Telling
      if (telling.kind === 'line') {
        watch.hasLines = true
        watch.goesOn = true
        const key = JSON.stringify(telling.line)
        if (known.delete(key)) return
        lines.push(key)
        if (lines.length > 2 * mostLines) lines = lines.slice(-mostLines)
      }
      tell(telling)
    },
    again(sent) {
      known = new Set(lines)
      return last === undefined ? sent : { ...sent, headers: { ...sent.headers, 'last-event-id': last } }
    },
  }
  return watch
}

function replyOf(command: Command, { type, body }: Answer): Reply {
  const json = async () => body
  if (type === 'application/x-ndjson') {
    const lines = body.split('\n').filter(line => line !== '')
    return { answer: lines.map(line => JSON.parse(line) as unknown), json }
  }
  // Python's values need not be JSON, and are drawn from what was told.
  return { answer: command.json === 'salt' ? null : JSON.parse(body), json }
}

function leftFault({ name }: Server, job: string | undefined, project: unknown): ToldError {
  if (job === undefined)
    return new ToldError({
      code: 'FOLLOWER_LEFT',
      message: `You left before ${name} had answered: what was asked may be done all the same.`,
      wayOut: `See what became of it: \`corpus -e ${name} ${typeof project === 'string' ? `status ${project}` : 'list'}\`.`,
    })
  return new ToldError({
    code: 'FOLLOWER_LEFT',
    message: `The deployment ${job} goes on at ${name}.`,
    wayOut: `Follow it with \`corpus -e ${name} jobs --follow ${job}\`, or stop it with \`corpus -e ${name} job cancel ${job}\`.`,
  })
}
