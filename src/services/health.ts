/** Finds out whether a process that was started is ready for traffic, and says early and plainly why it is not. */
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { CorpusError } from '../kernel/errors.ts'
import { accountName, isRoot } from '../shell/account.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import type { HealthCheck } from './declared.ts'
import type { Driver, Exit, Running } from './driver.ts'
import { idsOf } from './identity.ts'
import type { Instance } from './instance.ts'
import { lastLife } from './last-life.ts'
import { launchText, marker } from './launch.ts'
import { lastLines } from './logs.ts'
import { hasOpenPort, listenersOf, processesOf, usersListeningAt } from './procfs.ts'
import { pause } from './waiting.ts'

export interface HealthTools {
  readonly driver: Driver
  readonly shell: Shell
  readonly signal?: AbortSignal
}

/** A process that died this often since it was started will not come up. */
const deathsAtStart = 2
/** An application that listens elsewhere for this long will not listen on its PORT any more. */
const elsewhereSeconds = 8
const oneTrySeconds = 5

/** While it may come up any moment, its port is tried every few milliseconds: who is refused there costs next to nothing. */
const eagerSeconds = 5
const eagerPauseMilliseconds = 4
/** How often the supervisor is asked meanwhile, and where else it may be listening. */
const lookMilliseconds = 60
const elsewhereMilliseconds = 250

/**
 * Returns when the instance is healthy, or has ended with 0 where it only had to live: then it was no process that keeps running.
 * Throws SERVICE_DIED, PORT_IGNORED or SERVICE_UNHEALTHY.
 */
export async function waitHealthy(tools: HealthTools, instance: Instance): Promise<'healthy' | 'done'> {
  const begin = Date.now()
  const end = begin + instance.healthTimeoutSeconds * 1000
  let running = await find(tools, instance)
  let looked = Date.now()
  const restartsBefore = running?.restarts ?? 0
  // What was started again lives from then on: a moment in which it runs is no life.
  let life = { pid: running?.pid ?? null, since: begin }
  let elsewhere: readonly number[] | null = null
  let elsewhereLooked = begin
  let elsewhereSince: number | null = null
  for (let pauseMilliseconds = 15; ; ) {
    tools.signal?.throwIfAborted()
    if (running?.state !== 'running' || Date.now() - looked >= lookMilliseconds) {
      running = await find(tools, instance)
      looked = Date.now()
    }
    if (running === null) throw died(instance, null, 'was taken away while it started', '')
    if (isDone(instance, running, restartsBefore)) return 'done'
    if (running.pid !== null && running.pid !== life.pid)
      life = { pid: running.pid, since: life.pid === null && running.restarts === restartsBefore ? begin : looked }
    if (running.restarts - restartsBefore >= deathsAtStart)
      throw died(instance, running.lastExit, 'died again and again when it started', await said(tools, instance))
    const attempt =
      running.state === 'running'
        ? await tryOnce(tools, instance, running, life.since)
        : { why: 'it is not running', refused: true }
    if (attempt === null && (await stillRuns(tools, instance, running))) return 'healthy'
    if (attempt?.isTaken) throw taken(instance, attempt.why)
    const late = Date.now() >= end
    if (attempt?.refused && (late || Date.now() - elsewhereLooked >= elsewhereMilliseconds)) {
      const stranger = await guardOf(instance, running)()
      if (stranger !== null) throw taken(instance, stranger.why)
      elsewhere = listeningElsewhere(instance, running)
      elsewhereLooked = Date.now()
      elsewhereSince = elsewhere === null ? null : (elsewhereSince ?? Date.now())
    }
    if (elsewhere !== null && (late || Date.now() - (elsewhereSince ?? 0) >= elsewhereSeconds * 1000))
      throw portIgnored(instance, running, elsewhere)
    if (late) throw unhealthy(instance, attempt?.why ?? 'it is not running', await said(tools, instance))
    const eager = (attempt?.refused ?? true) && Date.now() - begin < eagerSeconds * 1000
    await pause(eager ? eagerPauseMilliseconds : pauseMilliseconds)
    if (!eager) pauseMilliseconds = Math.min(pauseMilliseconds * 1.5, 250)
  }
}

/** Who answered may be another process on its port, when it died since it was looked at. */
async function stillRuns(tools: HealthTools, instance: Instance, before: Running): Promise<boolean> {
  const now = await find(tools, instance)
  return now !== null && now.state === 'running' && now.pid === before.pid
}

/** It ended by itself, and well. Who was killed, or is to answer at a port, has not. */
const isDone = ({ health }: Instance, running: Running, restartsBefore: number): boolean =>
  health.kind === 'alive' &&
  running.lastExit?.status === 0 &&
  (running.restarts > restartsBefore || running.state !== 'running')

/** Why one try did not succeed; `refused`: nobody listens on the port. */
interface Miss {
  readonly why: string
  readonly refused: boolean
  /** Another account has the port: it is not given back by waiting. */
  readonly isTaken?: boolean
}

/** null when it is healthy. */
async function tryOnce(tools: HealthTools, instance: Instance, running: Running, since: number): Promise<Miss | null> {
  const check = instance.health
  const port = running.address?.port ?? 0
  const refuse = guardOf(instance, running)
  if (check.kind === 'http') return httpOnce(check, port, refuse)
  if (check.kind === 'tcp') return tcpOnce(port, refuse)
  const stranger = await refuse()
  if (stranger !== null) return stranger
  if (check.kind === 'alive') {
    const lives = (Date.now() - since) / 1000
    return lives >= check.seconds ? null : { why: `it has not lived for ${check.seconds} s yet`, refused: false }
  }
  return commandOnce(tools, instance, running, check.command)
}

function guardOf(instance: Instance, running: Running): () => Promise<Miss | null> {
  const port = running.address?.port ?? 0
  const isGuarded = instance.account !== null && isRoot()
  return async () => (isGuarded && port > 0 ? strangerAt(port, instance) : null)
}

/**
 * Ports of loopback are first come, first served: another account may have sat down on this one since it was handed out. Nothing
 * is asked of that one, and no traffic is led there. Where the port is held for its account, a stranger looks like nobody.
 */
async function strangerAt(port: number, { account }: Instance): Promise<Miss | null> {
  const isOwn = idsOf(account?.uid ?? 0, account?.name ?? '')
  const stranger = (await usersListeningAt(port)).find(uid => uid !== 0 && !isOwn(uid))
  return stranger === undefined
    ? null
    : {
        why: `${accountName(stranger)} listens on port ${port}, which was handed out to it`,
        refused: false,
        isTaken: true,
      }
}

function tcpOnce(port: number, refuse: () => Promise<Miss | null>): Promise<Miss | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: oneTrySeconds * 1000 })
    const settle = (miss: Miss | null) => {
      socket.destroy()
      resolve(miss)
    }
    socket.once('connect', () => refuse().then(settle, reject))
    socket.once('timeout', () => settle({ why: `port ${port} does not accept a connection`, refused: false }))
    socket.once('error', error => settle({ why: `port ${port}: ${error.message}`, refused: isRefused(error) }))
  })
}

async function httpOnce(
  check: Extract<HealthCheck, { kind: 'http' }>,
  port: number,
  refuse: () => Promise<Miss | null>,
): Promise<Miss | null> {
  // Loaded only here: it takes longer than all else in this room.
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const where = `GET ${check.path} on port ${port}`
    const socket = connect({ host: '127.0.0.1', port, timeout: oneTrySeconds * 1000 })
    socket.once('timeout', () => socket.destroy(new Error(`no answer in ${oneTrySeconds} s`)))
    // For all its life: an error that nobody hears would end this process, long after the answer was judged.
    socket.on('error', error => resolve({ why: `${where}: ${error.message}`, refused: isRefused(error) }))
    socket.once('connect', () => {
      refuse().then(stranger => {
        if (stranger === null) return ask()
        socket.destroy()
        resolve(stranger)
      }, reject)
    })
    const ask = () => {
      // From here on the request has its own limit.
      socket.setTimeout(0)
      const asked = request({
        createConnection: () => socket,
        host: '127.0.0.1',
        port,
        path: check.path,
        agent: false,
        headers: { host: check.host ?? 'localhost', 'user-agent': 'corpus-health', connection: 'close' },
        signal: AbortSignal.timeout(oneTrySeconds * 1000),
      })
      asked.once('response', response => {
        const status = response.statusCode ?? 0
        response.destroy()
        socket.destroy()
        const good = check.status === undefined ? status >= 200 && status < 400 : status === check.status
        resolve(good ? null : { why: `${where} answers with the status ${status}`, refused: false })
      })
      asked.on('error', error => {
        const why =
          error.name === 'AbortError' || error.name === 'TimeoutError'
            ? `no answer in ${oneTrySeconds} s`
            : error.message
        resolve({ why: `${where}: ${why}`, refused: isRefused(error) })
      })
      asked.end()
    }
  })
}

/** The command runs like the process itself: same folder, environment, PORT and account. */
async function commandOnce(
  tools: HealthTools,
  instance: Instance,
  running: Running,
  command: string,
): Promise<Miss | null> {
  const text = launchText({ ...instance, command }, running.address)
  const ended = await tools.shell.run({
    argv: ['/bin/sh', '-s'],
    input: text,
    env: {},
    ...(instance.account ? { user: instance.account } : {}),
    timeoutSeconds: 30,
    keepBytes: 4096,
    ...(tools.signal ? { signal: tools.signal } : {}),
  })
  if (ended.status === 0) return null
  const said = (textOf(ended.stderr) || textOf(ended.stdout)).trim().split('\n').at(-1) ?? ''
  return { why: `the check ends with ${ended.status}${said === '' ? '' : `: ${said}`}`, refused: false }
}

function isRefused(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
}

async function find(tools: HealthTools, instance: Instance): Promise<Running | null> {
  return (await tools.driver.list(instance.project)).find(one => one.name === instance.name) ?? null
}

/** The ports on which its processes listen, when its own is not among them. */
function listeningElsewhere(instance: Instance, running: Running): readonly number[] | null {
  const ports = listenersOf(processesOf(`${marker}=${instance.name}`, running.pid, userOf(instance.account))).map(
    one => one.port,
  )
  if (ports.length === 0 || ports.includes(running.address?.port ?? 0)) return null
  return [...new Set(ports)].sort((a, b) => a - b)
}

const userOf = (account: Instance['account']): number => account?.uid ?? process.getuid?.() ?? 0

/** No port of an application is to be open to the outside: what listens on all interfaces is named; null where nothing does. */
export function openPortOf(running: Pick<Running, 'name' | 'process' | 'pid'>): string | null {
  const account = running.pid === null ? undefined : statSync(`/proc/${running.pid}`, { throwIfNoEntry: false })?.uid
  if (account !== undefined && !hasOpenPort(account)) return null
  const open = listenersOf(processesOf(`${marker}=${running.name}`, running.pid, account ?? userOf(null))).filter(
    one => !one.loopback,
  )
  if (open.length === 0) return null
  const ports = [...new Set(open.map(one => one.port))].join(', ')
  return `${running.process} listens on all interfaces (port ${ports}): let it listen on 127.0.0.1.`
}

/** What the instance said in its last life, for the detail of an error. */
async function said(tools: HealthTools, instance: Instance): Promise<string> {
  const lines = await lastLines(tools.driver, tools.shell, instance.name, 500).catch(() => [])
  return lastLife(lines).join('\n')
}

function died(instance: Instance, exit: Exit | null, how: string, detail: string): CorpusError {
  const end = exit === null ? '' : exit.signal ? `, last by ${exit.signal}` : `, last with the status ${exit.status}`
  const { process, number, command, project } = instance
  const lines = [detail.trim() === '' ? `It said nothing. Its command is: ${command}` : detail]
  // Lines of a Procfile that are there to be typed, such as `rake` or `console`, are common.
  if (process !== 'web')
    lines.push(
      `If ${process} is no process that keeps running: corpus config set ${project} scale.${process}=0 leaves it out.`,
    )
  return new CorpusError('SERVICE_DIED', `${process}.${number} ${how}${end}.`, { detail: lines.join('\n') })
}

function portIgnored(instance: Instance, running: Running, ports: readonly number[]): CorpusError {
  const other = `port${ports.length > 1 ? 's' : ''} ${ports.join(', ')}`
  const own = running.address?.port
  const sentence = `${instance.process}.${instance.number} listens on ${other}, not on ${own}, the PORT it was given.`
  return new CorpusError('PORT_IGNORED', sentence)
}

function taken({ process, number }: Instance, why: string): CorpusError {
  return new CorpusError('SERVICE_UNHEALTHY', `${process}.${number} cannot have its port: ${why}.`, {
    detail: 'With the next deployment it is given another one.',
  })
}

function unhealthy(instance: Instance, why: string, detail: string): CorpusError {
  const limit = instance.healthTimeoutSeconds
  const sentence = `${instance.process}.${instance.number} was not healthy within ${limit} s: ${why}.`
  return new CorpusError('SERVICE_UNHEALTHY', sentence, { detail })
}
