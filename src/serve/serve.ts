/**
 * corpus serve. As root it is two processes: one that listens, as the account `corpus`, which owns nothing; and this one, which
 * holds the store, decides by the credential that is handed over, and does what is asked. Between them are pipes that nobody
 * else has an end of. An ordinary user with a root of their own needs no second one.
 */
import { createInterface } from 'node:readline'
import type { Asked } from '../controller/request.ts'
import { serverAccounts } from '../controller/server-account.ts'
import { told } from '../controller/told.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { isRoot } from '../shell/account.ts'
import { startCompanion } from '../shell/companion.ts'
import { program } from '../shell/programs.ts'
import type { Account } from '../shell/shell.ts'
import type { Answered, Asking, Desk, Said } from './asking.ts'
import { bodiesOf } from './bodies.ts'
import { type OpenDesk, openDesk } from './desk.ts'
import type { EntryPointOptions } from './entry-point.ts'
import { gitDeskOf } from './git-desk.ts'
import { type GitSaid, type GitTold, gitAhead, gitBehind, readGitSaid } from './git-sockets.ts'
import { openSshDesk } from './ssh-desk.ts'

export interface ServeOptions {
  readonly context: Asked
  readonly version: string
  readonly listen?: string
  readonly domains?: readonly string[]
}

/** Serves until SIGTERM; its exit status. Throws USAGE, LISTEN_FAILED, SERVE_REFUSED, STORE_…. */
export async function serveMain({
  context,
  version,
  listen = '127.0.0.1:2718',
  domains = [],
}: ServeOptions): Promise<number> {
  const [{ openApiText }, { apiPage, pagePolicy }, { tools }] = await Promise.all([
    import('./open-api.ts'),
    import('./api-page.ts'),
    import('./tools.ts'),
  ])
  const openApi = openApiText(version)
  const options: EntryPointOptions = {
    ...placeOf(listen),
    domains: domains.map(one => one.toLowerCase()),
    routes: told.map(({ name, http, params }) => ({ name, http, bodies: bodiesOf(params) })),
    openApi,
    page: { html: apiPage(openApi), policy: pagePolicy },
    version,
    mcp: { version, tools: tools() },
  }
  let stop = () => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, stop)
  const accounts = isRoot() ? await serverAccounts(context.shell, context.home) : null
  const desk = await openDesk(context)
  const ssh = await openSshDesk({ asked: context, serving: desk.serving }, accounts?.ssh ?? null)
  try {
    const entryPoint =
      accounts === null
        ? await ownEntryPoint(options, desk)
        : await entryPointBehind(context, options, desk, accounts.listener)
    process.stdout.write(`listening at http://${addressText(options.address)}:${entryPoint.port}\n`)
    const status = await Promise.race([stopped.then(() => 0), entryPoint.died])
    await entryPoint.close()
    return status
  } finally {
    ssh.close()
    await desk.close()
  }
}

interface OpenedEntryPoint {
  readonly port: number
  /** With what status, where it ends of itself. */
  readonly died: Promise<number>
  close(): Promise<void>
}

const ownEntryPoint = async (options: EntryPointOptions, desk: OpenDesk): Promise<OpenedEntryPoint> => {
  const { openEntryPoint } = await import('./entry-point.ts')
  const { port, close } = await openEntryPoint(options, desk, gitDeskOf(desk.git))
  return { port, close, died: new Promise<number>(() => {}) }
}

/** What the one that listens says, a line of JSON each. */
type FromEntryPoint =
  | { readonly ready: number }
  | { readonly fault: string }
  | { readonly ask: number; readonly asking: Asking }
  | { readonly gone: number }
  | GitSaid

async function entryPointBehind(
  context: Asked,
  options: EntryPointOptions,
  desk: OpenDesk,
  user: Account,
): Promise<OpenedEntryPoint> {
  const asked = new Map<number, AbortController>()
  let settle: (outcome: { readonly port: number } | { readonly fault: string }) => void = () => {}
  const opened = new Promise<{ readonly port: number } | { readonly fault: string }>(resolve => {
    settle = resolve
  })
  const companion = startCompanion(
    {
      argv: [
        program('env'),
        process.execPath,
        `${context.home}/dist/main.cjs`,
        'serve-entry-point',
        '--root=/nonexistent',
      ],
      user,
      isAlone: true,
      cwd: '/',
    },
    line => {
      const said = readSaid(line)
      if (said === undefined) return companion.stop()
      if ('ready' in said) settle({ port: said.ready })
      else if ('fault' in said) settle({ fault: said.fault })
      else if ('git' in said) git.hear(said)
      else if ('gone' in said) asked.get(said.gone)?.abort()
      else {
        const gone = new AbortController()
        asked.set(said.ask, gone)
        const say = (one: Said) => companion.tell(JSON.stringify({ ask: said.ask, said: one }))
        const onTheWay = said.asking.onTheWay === undefined ? undefined : say
        void desk.ask(said.asking, gone.signal, onTheWay).then(answered => {
          asked.delete(said.ask)
          companion.tell(JSON.stringify({ ask: said.ask, answered }))
        })
      }
    },
  )
  const git = gitBehind(desk.git, user, told => companion.tell(JSON.stringify(told)))
  companion.tell(JSON.stringify(options))
  const outcome = await Promise.race([
    opened,
    companion.ended.then(status => ({ fault: `It ended with status ${status}.` })),
  ])
  if ('fault' in outcome) {
    git.close()
    companion.stop()
    throw new CorpusError('LISTEN_FAILED', `Nobody can listen at ${options.address}:${options.port} as ${user.name}.`, {
      detail: outcome.fault,
    })
  }
  return {
    port: outcome.port,
    died: companion.ended.then(() => 1),
    async close() {
      for (const gone of asked.values()) gone.abort()
      git.close()
      companion.stop()
      await companion.ended
    },
  }
}

/** What the desk says to it. */
interface FromDesk {
  readonly ask: number
  readonly answered?: Answered
  readonly said?: Said
}

/** Undefined where it is not what our own program says: whoever speaks so is not heard any longer. */
function readSaid(line: string): FromEntryPoint | undefined {
  try {
    const said = JSON.parse(line) as FromEntryPoint
    if ('git' in said) return readGitSaid(said)
    if ('ready' in said || 'fault' in said || 'gone' in said) return said
    const { request, given, address, requestId } = said.asking
    const isAsking = [request, address, requestId].every(one => typeof one === 'string') && typeof given === 'object'
    return isAsking && given !== null && Number.isSafeInteger(said.ask) ? said : undefined
  } catch {
    return undefined
  }
}

/** The process that listens: all that it has is the pipes, and it ends with them. */
export async function serveEntryPoint(): Promise<number> {
  const say = (said: FromEntryPoint) => void process.stdout.write(`${JSON.stringify(said)}\n`)
  const waiting = new Map<number, { answer(answered: Answered): void; say(said: Said): void }>()
  let next = 0
  const desk: Desk = {
    ask: (asking, signal, onTheWay = () => {}) =>
      new Promise(resolve => {
        const ask = next++
        waiting.set(ask, { answer: resolve, say: onTheWay })
        signal.addEventListener('abort', () => waiting.has(ask) && say({ gone: ask }))
        say({ ask, asking })
      }),
  }
  const git = gitAhead(say)
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  let close = async () => {}
  let isFirst = true
  lines.on('line', line => {
    if (!isFirst) {
      const told = JSON.parse(line) as GitTold | FromDesk
      if ('git' in told) return git.hear(told)
      const { ask, answered, said } = told
      if (said !== undefined) waiting.get(ask)?.say(said)
      if (answered === undefined) return
      waiting.get(ask)?.answer(answered)
      waiting.delete(ask)
      return
    }
    isFirst = false
    void import('./entry-point.ts')
      .then(({ openEntryPoint }) => openEntryPoint(JSON.parse(line) as EntryPointOptions, desk, git))
      .then(entryPoint => {
        close = entryPoint.close
        say({ ready: entryPoint.port })
      })
      .catch(error => say({ fault: faultOf(error).detail ?? faultOf(error).message }))
  })
  await new Promise<void>(resolve => lines.on('close', resolve))
  await close()
  return 0
}

/** Throws USAGE. */
function placeOf(listen: string): { readonly address: string; readonly port: number } {
  const [, six, four, port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(listen) ?? []
  const address = six ?? four
  if (address === undefined || Number(port) > 65_535)
    throw new CorpusError('USAGE', `${shown(listen)} is not ADDRESS:PORT, as 127.0.0.1:2718 or [::1]:2718.`)
  return { address, port: Number(port) }
}

const addressText = (address: string): string => (address.includes(':') ? `[${address}]` : address)
