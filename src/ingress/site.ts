/** A site: what of a project is reachable under which names, read from the configuration and refused where it cannot be. */
import { isIP } from 'node:net'
import { CorpusError } from '../kernel/errors.ts'
import { type ProcessName, type ProjectName, processName, shown } from '../kernel/names.ts'
import { type HostName, hostName, isPublic, localHost } from './hosts.ts'

export interface Site {
  readonly project: ProjectName
  readonly hosts: readonly HostName[]
  readonly routes: readonly Route[]
  readonly redirects: readonly Redirect[]
  /** Names and passwords; null lets everybody in. */
  readonly users: Readonly<Record<string, string>> | null
  readonly uploadBytes: number
  /** How long an application may take for an answer that is no stream. */
  readonly answerSeconds: number
  readonly tls: Tls
  /** Further directives of the allowed ones, checked. */
  readonly directives: readonly string[]
  /** Front proxies that are believed what they say of their clients: addresses and networks. */
  readonly trustedProxies?: readonly string[]
  /** Nothing is kept on its way, neither what is sent nor what is answered. */
  readonly isUnbuffered?: true
  /** A port on 127.0.0.1 where the site answers whatever it is called: an address that needs no DNS. */
  readonly loopbackPort?: number
}

/** What answers below a path: a process, or a folder of the release. */
export type Route =
  | { readonly path: string; readonly to: 'process'; readonly process: ProcessName }
  /** `folder` is below the release's tree, or where that is said below the project's data; `fallback` (a path) is served where there is no such file. */
  | {
      readonly path: string
      readonly to: 'folder'
      readonly of?: 'data'
      readonly folder: string
      readonly fallback: string | null
    }

export interface Redirect {
  /** A host name of its own (every path goes along) or a path of the site. */
  readonly from: { readonly host: HostName } | { readonly path: string }
  readonly to: string
  readonly status: 301 | 302 | 307 | 308
}

/** off: plain HTTP. internal: certificates of a CA of this machine. acme: of a public CA. Both lead HTTP to HTTPS. */
export type Tls = 'off' | 'internal' | 'acme'

const megabyte = 1024 * 1024
const siteDefaults = { uploadBytes: 100 * megabyte, answerSeconds: 60 } as const

const known = [
  'domains', 'routes', 'static', 'redirects', 'basic_auth', 'upload', 'timeout', 'tls', 'trusted_proxies', 'directives',
] // biome-ignore format: a list

/**
 * Reads `domains:` and `ingress:` of the configuration (plain data). `processes` are those that have a port; the first of them, or
 * `web`, answers below `/` when nothing else is said. Files are served only where `static` or a route says so.
 */
export function readSite(
  project: ProjectName,
  processes: readonly ProcessName[],
  domains: unknown,
  ingress: unknown,
): Site {
  const fields = mapping(ingress ?? {}, 'ingress')
  for (const key of Object.keys(fields))
    if (!known.includes(key)) fault(`ingress has no setting ${shown(key)}; known are ${known.join(', ')}`)
  const hosts = readHosts(project, domains ?? fields['domains'])
  const redirects = readRedirects(fields['redirects'] ?? {})
  return {
    project,
    hosts,
    routes: readRoutes(fields, processes),
    redirects,
    users: fields['basic_auth'] == null ? null : readUsers(fields['basic_auth']),
    uploadBytes: fields['upload'] == null ? siteDefaults.uploadBytes : bytes(fields['upload'], 'ingress.upload'),
    answerSeconds:
      fields['timeout'] == null ? siteDefaults.answerSeconds : whole(fields['timeout'], 'ingress.timeout', 1, 86_400),
    tls: readTls(fields['tls'], hosts),
    directives: list(fields['directives'] ?? [], 'ingress.directives').map(readDirective),
    ...(fields['trusted_proxies'] == null ? {} : { trustedProxies: readProxies(fields['trusted_proxies']) }),
  }
}

function readHosts(project: ProjectName, value: unknown): readonly HostName[] {
  const names =
    value == null ? [] : list(typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value, 'domains')
  const hosts = names.map(name => hostName(text(name, 'domains')))
  return hosts.length > 0 ? [...new Set(hosts)] : [localHost(project)]
}

function readRoutes(fields: Readonly<Record<string, unknown>>, processes: readonly ProcessName[]): readonly Route[] {
  const routes = Object.entries(mapping(fields['routes'] ?? {}, 'ingress.routes')).map(([path, to]) =>
    readRoute(path, to, processes),
  )
  // An installer may have said `static`: a route of the project's own takes its place.
  if (routes.some(route => route.path === '/')) return unique(routes)
  if (fields['static'] != null) return unique([...routes, readRoute('/', { static: fields['static'] }, processes)])
  const first = processes.find(name => name === 'web') ?? processes[0]
  return unique(first ? [...routes, { path: '/', to: 'process', process: first }] : routes)
}

/** `/api: api`, `/assets: {static: public}`, `/: {static: dist, fallback: /index.html}`, `/uploads: {data: uploads}`. */
function readRoute(path: string, value: unknown, processes: readonly ProcessName[]): Route {
  const where = `ingress.routes ${shown(path)}`
  const at = sitePath(path, where)
  if (typeof value === 'string') {
    const name = processName(value)
    if (!processes.includes(name)) fault(`${where}: there is no process ${shown(value)}`)
    return { path: at, to: 'process', process: name }
  }
  const fields = mapping(value, where)
  if (fields['data'] != null) {
    const name = folder(fields['data'], where)
    if (name === '' || name.split('/').some(part => part.startsWith('.')))
      fault(`${where}: ${shown(String(fields['data']))} is not a folder of the data`)
    return { path: at, to: 'folder', of: 'data', folder: name, fallback: null }
  }
  const inner =
    typeof fields['static'] === 'string' ? { folder: fields['static'], ...fields } : mapping(fields['static'], where)
  const fallback = inner['fallback'] == null ? null : sitePath(text(inner['fallback'], where), where)
  return { path: at, to: 'folder', folder: folder(inner['folder'] ?? '', where), fallback }
}

function unique(routes: readonly Route[]): readonly Route[] {
  const twin = routes.find((route, index) => routes.findIndex(one => one.path === route.path) !== index)
  if (twin) fault(`ingress.routes has ${shown(twin.path)} twice`)
  return routes
}

function readRedirects(value: unknown): readonly Redirect[] {
  return Object.entries(mapping(value, 'ingress.redirects')).map(([from, target]) => {
    const where = `ingress.redirects ${shown(from)}`
    const fields = typeof target === 'string' ? { to: target } : mapping(target, where)
    const to = text(fields['to'], where)
    if (!/^(https?:\/\/[A-Za-z0-9.:-]+)?(\/[\w./~%?&=+,:@!*()-]*)?$/.test(to) || to === '')
      fault(`${where}: ${shown(to)} is no address`)
    const status = whole(fields['status'] ?? 301, where, 301, 308)
    if (status !== 301 && status !== 302 && status !== 307 && status !== 308)
      fault(`${where}: the status is 301, 302, 307 or 308`)
    return {
      from: from.startsWith('/') ? { path: sitePath(from, where) } : { host: hostName(from) },
      to,
      status,
    } as Redirect
  })
}

function readUsers(value: unknown): Readonly<Record<string, string>> {
  const users = mapping(value, 'ingress.basic_auth')
  for (const [name, password] of Object.entries(users)) {
    if (!/^[A-Za-z0-9._@-]{1,64}$/.test(name)) fault(`ingress.basic_auth: ${shown(name)} is not a name`)
    if (typeof password !== 'string' || password === '' || password.length > 128 || /[\x00-\x1f]/.test(password))
      fault(`ingress.basic_auth: the password of ${name} is empty, too long or not text`)
  }
  if (Object.keys(users).length === 0) fault('ingress.basic_auth names nobody')
  return users as Record<string, string>
}

/** Without a word it follows from the names. */
export function readTls(value: unknown, hosts: readonly HostName[]): Tls {
  if (value == null) return hosts.every(isPublic) ? 'acme' : 'off'
  if (value === false || value === 'off') return 'off'
  if (value === true || value === 'internal') return value === true && hosts.every(isPublic) ? 'acme' : 'internal'
  if (value !== 'acme') fault('ingress.tls is one of off, internal, acme')
  const unfit = hosts.find(host => !isPublic(host) || host.startsWith('*.'))
  if (unfit !== undefined) fault(`ingress.tls: no public CA certifies ${unfit} for this machine; use internal`)
  return 'acme'
}

/** Directives that change how a site answers, and nothing else: none that reads or writes a file, runs something or opens a block. */
const allowedDirectives = new Set([
  'add_header', 'expires', 'etag', 'charset', 'gzip', 'gzip_types', 'gzip_min_length', 'gzip_comp_level', 'gzip_vary', 'server_tokens',
  'client_body_timeout', 'client_header_timeout', 'keepalive_timeout', 'send_timeout', 'proxy_connect_timeout', 'proxy_send_timeout',
  'proxy_buffer_size', 'proxy_buffers', 'proxy_busy_buffers_size', 'proxy_hide_header', 'large_client_header_buffers', 'limit_rate',
  'limit_rate_after', 'allow', 'deny', 'satisfy', 'absolute_redirect', 'merge_slashes', 'autoindex', 'if_modified_since',
]) // biome-ignore format: a list

function readDirective(value: unknown): string {
  const line = text(value, 'ingress.directives').trim().replace(/;$/, '')
  const name = line.split(/\s/)[0] ?? ''
  if (/[\x00-\x1f\x7f{};#\\]/.test(line))
    fault(`ingress.directives: ${shown(line)} holds a character that could end the directive`)
  if (!allowedDirectives.has(name))
    fault(`ingress.directives: ${shown(name)} is not one of ${[...allowedDirectives].join(', ')}`)
  if ((line.match(/"/g)?.length ?? 0) % 2 !== 0 || (line.match(/'/g)?.length ?? 0) % 2 !== 0)
    fault(`ingress.directives: a quote in ${shown(line)} does not end`)
  return line
}

function readProxies(value: unknown): readonly string[] {
  const where = 'ingress.trusted_proxies'
  const names = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : list(value, where)
  return names.map(name => {
    const network = text(name, where)
    const [address = '', bits, more] = network.split('/')
    const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
    if (most < 0 || !fits || more !== undefined || address.includes('%'))
      fault(`${where}: ${shown(network)} is neither an address nor a network such as 10.0.0.0/8`)
    return network
  })
}

function sitePath(path: string, where: string): string {
  if (!/^\/[\w./~%@:+,-]*$/.test(path) || path.length > 500 || path.split('/').includes('..'))
    fault(`${where}: ${shown(path)} is not a path`)
  return path
}

function folder(value: unknown, where: string): string {
  const name = text(value, where).replace(/^\.?\/|\/+$/g, '')
  if (name.split('/').some(part => part === '..') || (name !== '' && !/^[\w .@+,/-]+$/.test(name)))
    fault(`${where}: ${shown(name)} is not a folder below the project`)
  return name === '.' ? '' : name
}

function mapping(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fault(`${where} is not a mapping`)
  return value as Record<string, unknown>
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) fault(`${where} is not a list`)
  return value as readonly unknown[]
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') fault(`${where}: ${shown(String(value))} is not text`)
  return value as string
}

function whole(value: unknown, where: string, least: number, most: number): number {
  const read = typeof value === 'bigint' || (typeof value === 'string' && /^-?\d+$/.test(value)) ? Number(value) : value
  if (typeof read !== 'number' || !Number.isInteger(read) || read < least || read > most)
    fault(`${where} is not a whole number from ${least} to ${most}`)
  return read as number
}

/** 10485760, "10m", "1G"; "0" lifts the limit as nginx has it. */
function bytes(value: unknown, where: string): number {
  const match = typeof value === 'string' ? /^(\d+)([kmg])?b?$/i.exec(value.trim()) : null
  const power = ' kmg'.indexOf((match?.[2] ?? ' ').toLowerCase())
  return whole(match ? Number(match[1]) * 1024 ** power : value, where, 0, 2 ** 50)
}

function fault(sentence: string): never {
  throw new CorpusError('SITE_INVALID', `${sentence}.`)
}
