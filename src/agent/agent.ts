/** The agent: keeps a runner loaded and waiting, so that a push need not wait for Node to start. Nothing depends on it. */
import { existsSync, fstatSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { isCommit } from '../git/git.ts'
import { looseTop, looseTree, type TreeEntry } from '../git/loose.ts'
import { projectLayout, rootLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { localShell } from '../shell/local.ts'
import { turnLine } from '../shell/turn.ts'
import { startWarm, type WarmProcess } from '../shell/warm.ts'
import { agentLog } from './log.ts'
import type { MetricsEndpoint } from './metrics-endpoint.ts'

export interface AgentOptions {
  readonly root: string
  readonly launcher: string
  /** Where figures are served for Prometheus, on 127.0.0.1; nowhere by default. */
  readonly metrics?: string
}

/** Serves until SIGTERM. A second agent on the same root ends at once, with status 5. */
export async function agentMain(options: AgentOptions): Promise<number> {
  const layout = rootLayout(options.root)
  mkdirSync(dirname(layout.agentSocket), { recursive: true })
  if (existsSync(layout.agentSocket)) {
    if (await answers(layout.agentSocket)) {
      process.stderr.write(`corpus: an agent serves ${options.root} already\n`)
      return 5
    }
    rmSync(layout.agentSocket, { force: true })
  }
  const endpoint = options.metrics === undefined ? null : await metricsEndpoint(options, options.metrics)
  const pool = runnerPool([options.launcher, 'runner', '--warm', `--root=${options.root}`], layout.agentLog)
  let stop = () => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  const server = createServer(connection => serve(connection, options.root, { handOver: pool.handOver, stop }))
  // Only the account that owns the root may ask.
  const before = process.umask(0o177)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(layout.agentSocket, resolve))
  process.umask(before)
  pool.fill()
  void say(options.root, 'info', 'started')
  const upkeep = keepUp(options.root, pool.handOver)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, stop)
  await stopped
  server.close()
  endpoint?.close()
  upkeep.stop()
  rmSync(layout.agentSocket, { force: true })
  pool.stop()
  await say(options.root, 'info', 'stopped')
  return 0
}

/** Into its log, and in plain words to whoever started it in a terminal or keeps a journal. */
async function say(root: string, level: 'info' | 'warn' | 'error', sentence: string): Promise<void> {
  const { openLog, toFile } = await import('../log/log.ts')
  const { agentLog: path } = rootLayout(root)
  openLog({ part: 'agent', write: toFile(path) })[level](sentence)
  if (level !== 'info' && !isSameFile(path)) process.stderr.write(`corpus: ${sentence}\n`)
}

/** Whether standard error is that file: cron writes it there. */
function isSameFile(path: string): boolean {
  const [there, own] = [statSync(path, { throwIfNoEntry: false }), fstatSync(2)]
  return there?.ino === own.ino && there.dev === own.dev
}

async function metricsEndpoint({ root, launcher }: AgentOptions, port: string): Promise<MetricsEndpoint> {
  const { metricsPort, openMetricsEndpoint } = await import('./metrics-endpoint.ts')
  const tell = (fault: string) => void say(root, 'error', `metrics: ${fault}`)
  const endpoint = await openMetricsEndpoint(root, dirname(dirname(launcher)), metricsPort(port), { tell })
  process.stdout.write(`metrics at http://127.0.0.1:${endpoint.port}/metrics\n`)
  return endpoint
}

const lookEveryMilliseconds = 30_000
const renewEveryMilliseconds = 24 * 3600 * 1000
/** Public CAs take few faults an hour. */
const missingEveryMilliseconds = 3600 * 1000

/** At the start (which may be that of the machine), and now and then: what applications need is there. */
function keepUp(root: string, handOver: RunnerPool['handOver']): { stop(): void } {
  const context = { root, shell: localShell }
  const keeping = () => import('../controller/reconcile.ts')
  const look = oneAtATime(root, async () => {
    await serveForgotten(root, handOver).catch(() => {})
    return (await keeping()).reconcile(context)
  })
  // A CA may take minutes, in which an application that died is not to wait.
  const renew = oneAtATime(root, async (only?: 'missing') => (await keeping()).renewCertificates(context, only))
  void look().then(() => renew())
  const timers = [
    setInterval(() => void look(), lookEveryMilliseconds),
    setInterval(() => void renew('missing'), missingEveryMilliseconds),
    setInterval(() => void renew(), renewEveryMilliseconds),
  ]
  return {
    stop() {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/** Tells what the work found, each sentence once while it stays true. */
function oneAtATime<Given extends unknown[]>(
  root: string,
  work: (...given: Given) => Promise<readonly string[]>,
): (...given: Given) => Promise<void> {
  let busy = false
  const told = new Set<string>()
  return async (...given) => {
    if (busy) return
    busy = true
    const sentences = await work(...given).catch(() => [])
    for (const sentence of sentences.filter(one => !told.has(one))) await say(root, 'warn', sentence)
    told.clear()
    for (const sentence of sentences) told.add(sentence)
    busy = false
  }
}

/** Requests whose runner could not start, or died before it took them. */
async function serveForgotten(root: string, handOver: RunnerPool['handOver']): Promise<void> {
  const { isForgotten, projectNames } = await import('../controller/context.ts')
  for (const name of projectNames({ root })) if (isForgotten(projectLayout(root, name))) handOver(name)
}

/** Runners that wait: two, so that two projects' pushes at once are both served warm. */
const waitingRunners = 2

interface RunnerPool {
  fill(): void
  /** False where none waits: the asker starts one of its own. */
  readonly handOver: (line: string) => boolean
  stop(): void
}

function runnerPool(argv: [string, ...string[]], log: string): RunnerPool {
  const waiting: WarmProcess[] = []
  const all = new Set<WarmProcess>()
  const book = agentLog<WarmProcess>(log)
  let stopped = false
  const fill = () => {
    while (!stopped && all.size < waitingRunners) start()
  }
  const leave = (runner: WarmProcess) => {
    if (waiting.includes(runner)) waiting.splice(waiting.indexOf(runner), 1)
  }
  /** Who waits and writes into a log that was put aside gives its place to a fresh one. */
  const keepSmall = () => {
    const old = book.rotate().filter(runner => waiting.includes(runner))
    for (const runner of old) {
      leave(runner)
      runner.stop()
    }
  }
  const start = () => {
    keepSmall()
    // Who is not the next in turn need not be ready at once.
    const runner = startWarm(waiting.length > 0 ? [...argv, '--lean'] : argv, log)
    book.began(runner)
    all.add(runner)
    waiting.push(runner)
    runner.onIdle(() => {
      waiting.unshift(runner)
      keepSmall()
    })
    runner.onEnd(() => {
      all.delete(runner)
      book.ended(runner)
      leave(runner)
      // One that dies at once must not be started in a tight loop.
      setTimeout(fill, 1000).unref()
    })
  }
  return {
    fill,
    handOver(line) {
      const given = waiting.shift()?.give(`${line}\n`) ?? false
      // The next in turn gets ready when this one has begun.
      const next = waiting[0]
      if (next) setTimeout(() => waiting.includes(next) && next.give(`${turnLine}\n`), 300).unref()
      return given
    },
    stop() {
      stopped = true
      for (const runner of all) runner.stop()
    },
  }
}

interface Asked {
  readonly handOver: (line: string) => boolean
  readonly stop: () => void
}

function serve(connection: Socket, root: string, { handOver, stop }: Asked): void {
  let text = ''
  connection.setTimeout(5000, () => connection.destroy())
  connection.on('error', () => {})
  connection.on('data', piece => {
    text += piece.toString('latin1')
    const end = text.indexOf('\n')
    if (end < 0 && text.length < 800) return
    const [verb, name = '', ...words] = text.slice(0, Math.max(0, end)).split(' ')
    if (verb === 'ping') connection.end('ok\n')
    else if (verb === 'stop') connection.end('ok\n', stop)
    else if (verb === 'run' && isName(name) && handOver(name)) connection.end('ok\n')
    else if (verb === 'soon' && isName(name)) connection.end(`${prefetch(root, name, words, handOver)}\n`)
    else connection.end('no\n')
  })
}

/**
 * `soon NAME COMMIT QUARANTINE MARK SALT PROCFILE WITNESS [PATH]`: `ok` where the commit's state files and Procfile are those that are known
 * to be good, and the file that told how it runs is still there; a runner waits for the request from now on. Else `no`.
 */
function prefetch(root: string, name: string, words: readonly string[], handOver: Asked['handOver']): string {
  const [commit = '', quarantine = '', mark = '', ...known] = words
  const good = isChecked(root, name, commit, quarantine, known)
  return good && /^soon\.\d+$/.test(mark) && handOver(`${name} soon ${mark} ${commit} ${quarantine}`) ? 'ok' : 'no'
}

/** Whether what was checked before is what stands at the top of a commit that is in quarantine. */
function isChecked(root: string, name: string, commit: string, quarantine: string, known: readonly string[]): boolean {
  const [salt, procfile, witness, path = ''] = known
  if (!isCommit(commit) || !/^[\w-]+$/.test(quarantine) || witness === undefined) return false
  const objects = join(projectLayout(root, projectName(name)).projectGit, 'objects')
  const stores = [join(objects, quarantine), objects]
  const top = looseTop(stores, commit)
  if (top === undefined) return false
  const idIn = (entries: readonly TreeEntry[], name: string) => entries.find(one => one.name === name)?.id ?? 'none'
  // What says how it runs stands in the folder that is deployed.
  const deployed = path
    .split('/')
    .filter(Boolean)
    .reduce<readonly TreeEntry[]>((above, name) => looseTree(stores, idIn(above, name)) ?? [], top)
  if (deployed.length === 0) return false
  return (
    idIn(top, '.salt') === salt &&
    idIn(deployed, 'Procfile') === procfile &&
    (witness === '-' || idIn(deployed, witness) !== 'none')
  )
}

function isName(text: string): boolean {
  try {
    projectName(text)
    return true
  } catch {
    return false
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket, () => connection.write('ping\n'))
    connection.setTimeout(1000, () => connection.destroy())
    connection.on('data', () => resolve(true))
    connection.on('error', () => resolve(false))
    connection.on('close', () => resolve(false))
  })
}
