/** An nginx of its own for tests, on free loopback ports, with a client that asks by host name and one that asks again and again. */
import { chmodSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { type Ingress, type IngressSettings, ingress } from '../../src/ingress/ingress.ts'
import { type IngressPlace, ingressPlace } from '../../src/ingress/place.ts'
import { readSite, type Site } from '../../src/ingress/site.ts'
import type { SiteTarget } from '../../src/ingress/site-records.ts'
import { processName, projectName } from '../../src/kernel/names.ts'
import type { Running } from '../../src/services/driver.ts'
import { keepUp } from '../../src/services/runit/keeper.ts'
import { trafficOf } from '../../src/services/traffic.ts'
import { localShell } from '../../src/shell/local.ts'
import type { Room } from './services.ts'

export interface EntryPoint {
  readonly place: IngressPlace
  readonly httpPort: number
  readonly httpsPort: number
  readonly ingress: Ingress
  readonly settings: IngressSettings
}

export async function entryPoint(room: Room, more: Partial<IngressSettings> = {}): Promise<EntryPoint> {
  // nginx's workers are www-data where the test runs as root: they must get at the trees.
  chmodSync(room.root, 0o755)
  const [httpPort, httpsPort] = await freePorts(2)
  const place = ingressPlace(room.root)
  const settings: IngressSettings = {
    place,
    shell: localShell,
    mode: 'own',
    address: '127.0.0.1',
    httpPort: httpPort ?? 0,
    httpsPort: httpsPort ?? 0,
    allowAcme: false,
    keep: argv => keepUp(room.place, localShell, { name: 'ingress', argv, orphanSignal: 'QUIT' }),
    ...more,
  }
  return {
    place,
    settings,
    httpPort: settings.httpPort ?? 0,
    httpsPort: settings.httpsPort ?? 0,
    ingress: ingress(settings),
  }
}

export const siteOf = (
  project: string,
  domains: unknown,
  settings: unknown = {},
  processes: readonly string[] = ['web'],
): Site => readSite(projectName(project), processes.map(processName), domains, orFiles(settings, processes))

/** Without a process, these sites serve the tree. */
const orFiles = (settings: unknown, processes: readonly string[]): unknown =>
  processes.length === 0 ? { static: '.', ...(settings as object) } : settings

/** Where the processes of a switch are, as the ingress wants it. */
export function targetOf(tree: string, running: readonly Running[] = []): SiteTarget {
  return { tree, ...trafficOf(running) }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly agent?: Agent | false
}

export function ask(
  entryPoint: Pick<EntryPoint, 'httpPort'>,
  host: string,
  path = '/',
  question: Question = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: entryPoint.httpPort,
      path,
      method: question.method ?? 'GET',
      agent: question.agent ?? false,
      headers: { host, ...question.headers },
    })
    asked.once('response', response => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString(),
        }),
      )
    })
    asked.once('error', (error: Error) => {
      // A server may close an idle connection at any moment: who reuses one asks again, as each browser does.
      if (asked.reusedSocket) ask(entryPoint, host, path, { ...question, agent: false }).then(resolve, reject)
      else reject(error)
    })
    asked.end(question.body)
  })
}

export interface Load {
  /** Ends the asking and tells what came. */
  stop(): Promise<LoadResult>
  readonly soFar: LoadResult
}

export interface LoadResult {
  readonly good: number
  readonly failures: readonly string[]
  /** Answer texts and how often each came. */
  readonly answers: ReadonlyMap<string, number>
  /** Milliseconds from the first to the last failure. */
  readonly failingMilliseconds: number
}

/** One request every few milliseconds over new connections and one over kept ones, until stopped: bounded, never more than 2 x 8 open. */
export function load(entryPoint: Pick<EntryPoint, 'httpPort'>, host: string, path = '/', everyMilliseconds = 10): Load {
  const kept = new Agent({ keepAlive: true, maxSockets: 8 })
  const answers = new Map<string, number>()
  const failures: string[] = []
  const open = new Set<Promise<void>>()
  let first = 0
  let last = 0
  let good = 0
  const fail = (why: string) => {
    failures.push(why)
    last = Date.now()
    first = first || last
  }
  const one = (agent: Agent | false) => {
    const running = ask(entryPoint, host, path, { agent }).then(
      answer => {
        if (answer.status !== 200) return fail(`status ${answer.status}`)
        good++
        answers.set(answer.text, (answers.get(answer.text) ?? 0) + 1)
      },
      (error: Error) => fail(error.message),
    )
    open.add(running)
    void running.then(() => open.delete(running))
  }
  const timer = setInterval(() => {
    if (open.size >= 16) return
    one(false)
    one(kept)
  }, everyMilliseconds)
  const result = (): LoadResult => ({ good, failures, answers, failingMilliseconds: last - first })
  return {
    get soFar() {
      return result()
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      kept.destroy()
      return result()
    },
  }
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer()
      return new Promise<typeof server>(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
    }),
  )
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
