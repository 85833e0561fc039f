/** One running nginx, the system's or one of our own: started, asked, tested, and reloaded until its new workers really serve. */

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import { isOurOwn } from '../shell/own-process.ts'
import { type Program, program as pathOf } from '../shell/programs.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'
import { includeConfiguration, ownConfiguration } from './main-configuration.ts'
import type { IngressPlace } from './place.ts'
import { childrenOf, commandLineOf } from './process-tree.ts'
import type { Listening } from './render.ts'

export interface Nginx {
  readonly mode: 'system' | 'own'
  readonly listening: Listening
  /** The account that its workers run as; null where it is ours. */
  readonly worker: Account | null
  /** Tests the whole configuration with the sites of another pattern; null is good, else what nginx says. After `prepare`. */
  test(sites: string): Promise<string | null>
  /** Writes what stands around the sites, when it is not there or not the same. True when something was written. */
  prepare(tls: boolean): boolean
  masterPid(): number | null
  start(): Promise<void>
  /** Returns when new workers serve and the old ones take no new connection; throws INGRESS_FAILED when they do not come. */
  reload(): Promise<void>
  stop(): Promise<void>
  /** Asks nginx to open its log files anew, after they were put aside. */
  reopenLogs(): void
}

export interface NginxSettings {
  readonly place: IngressPlace
  readonly shell: Shell
  readonly mode: 'system' | 'own'
  readonly address?: string
  readonly httpPort?: number
  readonly httpsPort?: number
  /** The system's folder; another one in tests. */
  readonly systemFolder?: string
  /** Hands an nginx of our own to a supervisor, which keeps it up; without one nginx becomes a daemon by itself. */
  readonly keep?: (argv: readonly [Program, ...string[]]) => Promise<void>
}

const program = '/usr/sbin/nginx'
const workerLimitSeconds = 15

export async function nginxAt(settings: NginxSettings): Promise<Nginx> {
  if (!existsSync(program)) throw new CorpusError('INGRESS_MISSING', 'nginx is not installed.')
  const listening: Listening = {
    address: settings.address ?? '',
    httpPort: settings.httpPort ?? 80,
    httpsPort: settings.httpsPort ?? 443,
    ipv6: hasIpv6(),
    http2Directive: await knowsHttp2Directive(settings.place, settings.shell),
  }
  return settings.mode === 'own' ? ownNginx(settings, listening) : systemNginx(settings, listening)
}

function ownNginx(settings: NginxSettings, listening: Listening): Nginx {
  const { place, shell } = settings
  const main = join(place.home, 'nginx.conf')
  const errorLog = join(place.home, 'logs', 'error.log')
  const worker = isRoot() ? accountOf(usualWorker) : null
  const argv = (file: string, ...more: string[]): [Program, ...string[]] => [
    program,
    '-p',
    place.home,
    '-e',
    errorLog,
    '-c',
    file,
    ...more,
  ]
  const master = () => masterOf(join(place.home, 'nginx.pid'), place.home)
  let withTls = false
  return {
    mode: 'own',
    listening,
    worker,
    prepare(tls) {
      withTls = tls
      prepareFolders(place, worker)
      return writeWhenOther(
        main,
        ownConfiguration(place, listening, { sites: join(place.sites, '*.conf'), tls }, worker?.name ?? null),
      )
    },
    async test(sites) {
      const file = join(place.home, `check-${process.pid}.conf`)
      try {
        writeFileSync(file, ownConfiguration(place, listening, { sites, tls: withTls }, worker?.name ?? null))
        return await verdict(shell, argv(file, '-t', '-q'))
      } finally {
        rmSync(file, { force: true })
      }
    },
    masterPid: master,
    async start() {
      if (master() !== null) return
      if (settings.keep) await settings.keep(argv(main, '-g', 'daemon off;'))
      else await mustRun(shell, argv(main))
      await appear(master, errorLog)
    },
    reload: () => reload(master, errorLog),
    async stop() {
      const pid = master()
      if (pid !== null) process.kill(pid, 'SIGQUIT')
    },
    reopenLogs: () => signalMaster(master(), 'SIGUSR1'),
  }
}

function systemNginx(settings: NginxSettings, listening: Listening): Nginx {
  const { place, shell } = settings
  const folder = settings.systemFolder ?? '/etc/nginx'
  const main = join(folder, 'nginx.conf')
  const ours = join(folder, 'conf.d', 'corpus.conf')
  // Where another folder is named, it is another nginx, started by its own main file.
  const usual = folder === '/etc/nginx'
  const errorLog = directiveOf(main, 'error_log') ?? '/var/log/nginx/error.log'
  const master = () => masterOf(directiveOf(main, 'pid') ?? '/run/nginx.pid', usual ? '' : main)
  let withTls = false
  const worker = isRoot() ? accountOf(directiveOf(main, 'user') ?? usualWorker) : null
  const systemd = usual && existsSync('/run/systemd/system')
  return {
    mode: 'system',
    listening,
    worker,
    prepare(tls) {
      withTls = tls
      prepareFolders(place, worker)
      return writeWhenOther(ours, includeConfiguration(listening, { sites: join(place.sites, '*.conf'), tls }))
    },
    async test(sites) {
      // The main file is tested under another name in the same folder, with our part replaced: relative paths keep their meaning.
      const check = join(folder, `.corpus-check-${process.pid}.conf`)
      const part = join(folder, `.corpus-part-${process.pid}.conf`)
      try {
        writeFileSync(part, includeConfiguration(listening, { sites, tls: withTls }))
        writeFileSync(check, withPart(readFileSync(main, 'utf8'), join(folder, 'conf.d'), part))
        return await verdict(shell, [program, '-t', '-q', '-c', check])
      } finally {
        rmSync(check, { force: true })
        rmSync(part, { force: true })
      }
    },
    masterPid: master,
    async start() {
      if (master() !== null) return
      await mustRun(
        shell,
        systemd ? [pathOf('systemctl'), 'start', 'nginx.service'] : usual ? [program] : [program, '-c', main],
      )
      await appear(master, errorLog)
    },
    reload: () => reload(master, errorLog),
    async stop() {
      signalMaster(master(), 'SIGQUIT')
    },
    reopenLogs: () => signalMaster(master(), 'SIGUSR1'),
  }
}

/** The account of Debian's nginx. */
const usualWorker = 'www-data'

function accountOf(name: string): Account | null {
  const account = findAccount(name)
  if (account === null) throw new CorpusError('INGRESS_FAILED', `There is no account ${name} for the workers of nginx.`)
  return account.uid === process.getuid?.() ? null : account
}

/**
 * What only nginx's first process reads (sites, keys) is ours alone; what its workers read or write (passwords, logs that are opened
 * anew) they get by their group; the rest is no secret.
 */
function prepareFolders(place: IngressPlace, worker: Account | null): void {
  const folders = [
    ['sites', 0o700],
    ['certificates', 0o700],
    ['passwords', 0o750],
    ['logs', 0o750],
    ['active', 0o711],
    ['temporary', 0o755],
    ['maintenance', 0o755],
    ['challenges', 0o755],
  ] as const
  for (const [name, mode] of folders) {
    const folder = join(place.home, name)
    mkdirSync(folder, { recursive: true, mode })
    const entry = statSync(folder)
    const group = worker !== null && mode === 0o750 ? worker.gid : entry.gid
    if (group !== entry.gid) chownSync(folder, -1, group)
    if ((entry.mode & 0o7777) !== mode) chmodSync(folder, mode)
  }
}

/** The word of a directive of the main file, null where it is not said. */
function directiveOf(main: string, name: string): string | null {
  const text = existsSync(main) ? readFileSync(main, 'utf8') : ''
  return new RegExp(`^\\s*${name}\\s+"?([^\\s";]+)`, 'm').exec(text)?.[1] ?? null
}

/** The main file with the pattern over conf.d replaced by its files one by one: all others, and our part. */
export function withPart(text: string, folder: string, part: string): string {
  let found = false
  const lines = text.split('\n').map(line => {
    const match = /^(\s*)include\s+"?([^";]+)\*\.conf"?\s*;/.exec(line)
    const directory = match?.[2]?.replace(/\/$/, '')
    if (!match || (directory !== folder && directory !== 'conf.d')) return line
    found = true
    // A character class leaves out only what is ours: "corpus.conf" does not begin with another letter.
    const others = [
      `${folder}/[!c]*.conf`,
      `${folder}/c[!o]*.conf`,
      `${folder}/co[!r]*.conf`,
      `${folder}/cor[!p]*.conf`,
      `${folder}/corp[!u]*.conf`,
      `${folder}/corpu[!s]*.conf`,
      `${folder}/corpus?*.conf`,
    ]
    return [...others, part].map(pattern => `${match[1]}include "${pattern}";`).join('\n')
  })
  if (!found) throw new CorpusError('INGRESS_FAILED', `The system's nginx.conf does not include ${folder}/*.conf.`)
  return lines.join('\n')
}

async function reload(master: () => number | null, errorLog: string): Promise<void> {
  const pid = master()
  if (pid === null) throw new CorpusError('INGRESS_FAILED', 'nginx does not run.')
  const old = new Set(childrenOf(pid))
  const logged = sizeOf(errorLog)
  process.kill(pid, 'SIGHUP')
  const end = Date.now() + workerLimitSeconds * 1000
  while (Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 10))
    const workers = childrenOf(pid).map(child => ({ child, title: commandLineOf(child) }))
    const fresh = workers.some(
      one => !old.has(one.child) && one.title.includes('worker process') && !one.title.includes('shutting down'),
    )
    // An old worker that still takes connections would lead them to processes that are about to be stopped.
    const stale = workers.some(
      one => old.has(one.child) && one.title.includes('worker process') && !one.title.includes('shutting down'),
    )
    if (fresh && !stale) return
    if (!fresh && hasEmergency(errorLog, logged)) break
  }
  const detail = readFrom(errorLog, logged)
  throw new CorpusError('INGRESS_FAILED', 'nginx did not take over the new sites.', { detail })
}

async function appear(master: () => number | null, errorLog: string): Promise<void> {
  const logged = sizeOf(errorLog)
  for (const end = Date.now() + workerLimitSeconds * 1000; Date.now() < end; ) {
    const pid = master()
    if (pid !== null && childrenOf(pid).length > 0) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new CorpusError('INGRESS_FAILED', 'nginx could not be started.', { detail: readFrom(errorLog, logged) })
}

async function verdict(shell: Shell, argv: [Program, ...string[]]): Promise<string | null> {
  const ended = await shell.run({ argv, timeoutSeconds: 30 })
  return ended.status === 0
    ? null
    : textOf(ended.stderr).trim() || (ended.spawnError ?? `nginx -t ended with ${ended.status}`)
}

async function mustRun(shell: Shell, argv: [Program, ...string[]]): Promise<void> {
  const ended = await shell.run({ argv, timeoutSeconds: 60 })
  if (ended.status !== 0)
    throw new CorpusError('INGRESS_FAILED', 'nginx could not be started.', {
      detail: textOf(ended.stderr).trim() || (ended.spawnError ?? ''),
    })
}

/** The pid file may be of another life: the process must be an nginx master, and of our folder where it is our own. */
function masterOf(pidFile: string, folder: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    if (!Number.isInteger(pid) || pid < 2 || !isOurOwn(pid)) return null
    const title = commandLineOf(pid)
    return title.startsWith('nginx: master process') && names(title, folder) ? pid : null
  } catch {
    return null
  }
}

/** Whether one of the words is this place, by whatever name: a root may be a link, and may have become one since. */
function names(title: string, place: string): boolean {
  if (title.includes(place)) return true
  const real = realpathSync(place)
  return title.split(' ').some(word => word.startsWith('/') && existsSync(word) && realpathSync(word) === real)
}

function signalMaster(pid: number | null, signal: NodeJS.Signals): void {
  if (pid !== null) process.kill(pid, signal)
}

function writeWhenOther(file: string, text: string): boolean {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false
  writeFileSync(file, text)
  return true
}

const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0)
const readFrom = (file: string, from: number) =>
  existsSync(file) ? readFileSync(file).subarray(from).toString('utf8').trim() : ''
const hasEmergency = (file: string, from: number) => readFrom(file, from).includes('[emerg]')
const hasIpv6 = () => existsSync('/proc/net/if_inet6') && readFileSync('/proc/net/if_inet6', 'utf8') !== ''

/** From 1.25.1 on. The answer is kept beside the time of the program's file: starting nginx to ask costs as much as a switch. */
async function knowsHttp2Directive(place: IngressPlace, shell: Shell): Promise<boolean> {
  const kept = join(place.home, 'nginx-version')
  const changed = String(statSync(program).mtimeMs)
  const [when, version] = existsSync(kept) ? readFileSync(kept, 'utf8').split('\n') : []
  if (when === changed && version !== undefined) return isNewEnough(version)
  const ended = await shell.run({ argv: [program, '-v'], timeoutSeconds: 10 })
  const found = /nginx\/(\d+\.\d+\.\d+)/.exec(textOf(ended.stderr))?.[1] ?? '0.0.0'
  mkdirSync(place.home, { recursive: true, mode: 0o755 })
  writeFileSync(kept, `${changed}\n${found}`)
  return isNewEnough(found)
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major > 1 || (major === 1 && (minor > 25 || (minor === 25 && patch >= 1)))
}
