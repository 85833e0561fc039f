/** What an application declares of a process: read from the Procfile and from `services:` in the configuration, or refused. */
import { CorpusError } from '../kernel/errors.ts'
import { type ProcessName, processName, shown } from '../kernel/names.ts'
import { bytesOf, numberOf, secondsOf } from '../kernel/quantities.ts'
import { type Environment, readEnvironment } from './environment.ts'
import type { ProcfileEntry } from './procfile.ts'

/** How we find out that a process is ready for traffic. */
export type HealthCheck =
  /** GET of the path on the process's port answers with a status of 200 to 399 (or exactly `status`). */
  | { readonly kind: 'http'; readonly path: string; readonly status?: number; readonly host?: string }
  /** The process's port accepts a connection. */
  | { readonly kind: 'tcp' }
  /** A command line of the application ends with 0, in the process's folder and environment. */
  | { readonly kind: 'command'; readonly command: string }
  /** The process is still there after that many seconds: for what listens nowhere. */
  | { readonly kind: 'alive'; readonly seconds: number }

export interface Declaration {
  readonly name: ProcessName
  /** The application's own command line, run by /bin/sh in the release's tree. */
  readonly command: string
  readonly environment: Environment
  readonly count: number
  /** Below the release's tree; '' is the tree itself. */
  readonly workingFolder: string
  readonly stopGraceSeconds: number
  readonly memoryBytes: number | null
  readonly cpus: number | null
  /** Processes and threads; null is what the machine gives every process of an application. */
  readonly processes: number | null
  readonly health: HealthCheck
  readonly healthTimeoutSeconds: number
  /** A program of corpus that keeps something else up: it runs as corpus, and gets no variable of the application. */
  readonly isOurs?: true
}

const defaults = { stopGraceSeconds: 10, healthTimeoutSeconds: 60, aliveSeconds: 1 } as const
const largestCount = 100

/**
 * The processes of an application. A service of the configuration overlays the Procfile's line of the same name; one without a
 * command and without such a line is refused; `null` or `count: 0` takes the process out. `services` is plain data. The Procfile's
 * line `release` is no process: see `releaseCommand`.
 */
export function declaredProcesses(
  procfile: readonly ProcfileEntry[],
  services: unknown,
  scale: Readonly<Record<string, number>> = {},
): readonly Declaration[] {
  const settings = mapping(services ?? {}, 'services')
  const lines = procfile.filter(entry => entry.name !== 'release')
  const names = new Set([...lines.map(entry => String(entry.name)), ...Object.keys(settings)])
  const declarations = [...names].map(name => {
    const fields = settings[name] === null ? { count: 0 } : (settings[name] ?? {})
    const line = lines.find(entry => entry.name === name)
    return declaration(name, line?.command, typeof fields === 'string' ? { command: fields } : fields, scale[name])
  })
  const there = names.size > 0 ? `, only ${[...names].join(', ')}` : ''
  for (const name of Object.keys(scale))
    if (!names.has(name)) fault(`There is no process ${shown(name)} to scale${there}`)
  return declarations.filter(one => one.count > 0)
}

/** A process that an ingress can lead traffic to: `web`, and what is checked by its port. */
export function takesTraffic(declaration: Declaration): boolean {
  const { kind } = declaration.health
  return declaration.name === 'web' || kind === 'http' || kind === 'tcp'
}

const knownFields = [
  'command', 'environment', 'env', 'count', 'working_folder', 'stop_grace', 'memory', 'cpu', 'processes', 'health', 'health_timeout',
] // biome-ignore format: a list

function declaration(text: string, fallback: string | undefined, value: unknown, scaled?: number): Declaration {
  const where = `services.${shown(text)}`
  const name = processName(text)
  const fields = mapping(value, where)
  for (const key of Object.keys(fields))
    if (!knownFields.includes(key)) fault(`${where} has no setting ${shown(key)}; known are ${knownFields.join(', ')}`)
  const count = scaled ?? whole(fields['count'] ?? 1, `${where}.count`, 0, largestCount)
  const command = fields['command'] ?? fallback ?? (count === 0 ? ':' : fault(`${where} has no command`))
  return {
    name,
    command: line(command, `${where}.command`),
    environment: readEnvironment(fields['environment'] ?? fields['env'] ?? {}, `${where}.environment`),
    count: whole(count, `${where}.count`, 0, largestCount),
    workingFolder: folder(fields['working_folder'] ?? '', `${where}.working_folder`),
    stopGraceSeconds: seconds(fields['stop_grace'] ?? defaults.stopGraceSeconds, `${where}.stop_grace`, 0, 3600),
    memoryBytes: fields['memory'] == null ? null : bytes(fields['memory'], `${where}.memory`),
    cpus: fields['cpu'] == null ? null : number(fields['cpu'], `${where}.cpu`, 0.01, 1024),
    processes: fields['processes'] == null ? null : whole(fields['processes'], `${where}.processes`, 16, 2 ** 22),
    health: health(fields['health'], name, `${where}.health`),
    healthTimeoutSeconds: seconds(
      fields['health_timeout'] ?? defaults.healthTimeoutSeconds,
      `${where}.health_timeout`,
      1,
      3600,
    ),
  }
}

/** A path (`/health`), the word `tcp`, or a mapping `{http: /path, status: 204, host: x}`, `{command: …}`, `{alive: 5}`. */
function health(value: unknown, name: ProcessName, where: string): HealthCheck {
  if (value == null) return name === 'web' ? { kind: 'tcp' } : { kind: 'alive', seconds: defaults.aliveSeconds }
  if (value === 'tcp') return { kind: 'tcp' }
  if (typeof value === 'string') return { kind: 'http', path: path(value, where) }
  const fields = mapping(value, where)
  const kinds = ['http', 'tcp', 'command', 'alive'].filter(kind => kind in fields)
  const extra = Object.keys(fields).find(key => !['http', 'tcp', 'command', 'alive', 'status', 'host'].includes(key))
  if (kinds.length !== 1 || extra !== undefined)
    fault(`${where} is not one of: a path, tcp, {http: PATH, status: N, host: NAME}, {command: LINE}, {alive: SECONDS}`)
  if ('tcp' in fields) return { kind: 'tcp' }
  if ('command' in fields) return { kind: 'command', command: line(fields['command'], `${where}.command`) }
  if ('alive' in fields) return { kind: 'alive', seconds: seconds(fields['alive'], `${where}.alive`, 0, 3600) }
  return {
    kind: 'http',
    path: path(fields['http'], `${where}.http`),
    ...(fields['status'] == null ? {} : { status: whole(fields['status'], `${where}.status`, 100, 599) }),
    ...(fields['host'] == null ? {} : { host: hostHeader(fields['host'], `${where}.host`) }),
  }
}

function mapping(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fault(`${where} is not a mapping`)
  return value as Record<string, unknown>
}

function line(value: unknown, where: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value.includes('\0')) fault(`${where} is not a command line`)
  if (Buffer.byteLength(value as string) > 100_000) fault(`${where} is longer than 100,000 bytes`)
  return (value as string).trim()
}

function path(value: unknown, where: string): string {
  if (typeof value !== 'string' || !/^\/[\x21-\x7e]{0,2000}$/.test(value))
    fault(`${where} is not a path that begins with "/"`)
  return value as string
}

function hostHeader(value: unknown, where: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(value))
    fault(`${where} is not a host name`)
  return value as string
}

/** A folder below the tree: no way out of it by "..", none absolute. */
function folder(value: unknown, where: string): string {
  if (typeof value !== 'string' || value.startsWith('/') || value.includes('\0') || value.split('/').includes('..'))
    fault(`${where} is not a folder below the project`)
  return (value as string).replace(/^(\.\/)+|\/+$/g, '').replace(/^\.$/, '')
}

function number(value: unknown, where: string, least: number, most: number): number {
  const read = numberOf(value)
  if (read === undefined || read < least || read > most) fault(`${where} is not a number from ${least} to ${most}`)
  return read as number
}

function whole(value: unknown, where: string, least: number, most: number): number {
  const read = number(typeof value === 'bigint' ? Number(value) : value, where, least, most)
  if (!Number.isInteger(read)) fault(`${where} is not a whole number`)
  return read
}

const seconds = (value: unknown, where: string, least: number, most: number): number =>
  number(secondsOf(value), where, least, most)

const bytes = (value: unknown, where: string): number => number(bytesOf(value), where, 1024 * 1024, 2 ** 50)

function fault(sentence: string): never {
  throw new CorpusError('SERVICE_INVALID', `${sentence}.`)
}
