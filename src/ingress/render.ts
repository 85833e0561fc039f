/** A site as nginx reads it. Every word that comes from outside was parsed before it gets here; this is pure text. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { ProcessName, ProjectName } from '../kernel/names.ts'
import type { HostName } from './hosts.ts'
import { activeFolder, type IngressPlace, maintenanceFlag, passwordFile } from './place.ts'
import type { Redirect, Route, Site } from './site.ts'

/** Where nginx listens, and what this nginx can do. */
export interface Listening {
  /** '' is all addresses. */
  readonly address: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly ipv6: boolean
  /** From 1.25.1 on HTTP/2 has a directive of its own. */
  readonly http2Directive: boolean
}

export type Ports = ReadonlyMap<ProcessName, readonly number[]>

export interface Target {
  /** Loopback ports of the processes that take traffic now, and of those that take it after the next switch. */
  readonly groups: readonly [Ports, Ports]
  /** The folder of the project's data. */
  readonly data: string | undefined
}

export interface Certificate {
  readonly certificateFile: string
  readonly keyFile: string
  /** A public one: HTTP leads to HTTPS. With one of our own, asked for only to bridge the time, both answer. */
  readonly redirectHttp: boolean
  /** Names that are only led elsewhere and that it is good for as well. */
  readonly redirectHosts: readonly HostName[]
}

export interface RenderedSite {
  readonly text: string
  /** What this text looks at while it serves: `activeFolder` of this digest. */
  readonly digest: string
}

/**
 * nginx loses requests on kept connections when it is reloaded at the wrong moment. So a site is written for two releases: two groups of
 * ports, and a folder of its own where a link names the release's tree and a file chooses the group. From one release to the next only
 * these change, and nginx is not told.
 */
export function renderSite(
  place: IngressPlace,
  listening: Listening,
  site: Site,
  target: Target,
  certificate: Certificate | null,
): RenderedSite {
  const digest = createHash('sha256')
    .update(rendered(place, listening, site, target, certificate, 'x'))
    .digest('hex')
    .slice(0, 12)
  return { text: rendered(place, listening, site, target, certificate, digest), digest }
}

function rendered(
  place: IngressPlace,
  listening: Listening,
  site: Site,
  target: Target,
  certificate: Certificate | null,
  digest: string,
): string {
  const names = site.hosts.join(' ')
  const parts = [
    `# The site of ${site.project}; written by corpus, changes here do not last.`,
    ...believed(site),
    ...upstreams(site, target),
  ]
  const content = body(place, site, target, activeFolder(place, site.project, digest))
  const tls = certificate
    ? [
        `ssl_certificate ${word(certificate.certificateFile)};`,
        `ssl_certificate_key ${word(certificate.keyFile)};`,
        ...(listening.http2Directive ? ['http2 on;'] : []),
      ]
    : []
  if (certificate) {
    parts.push(server([...listen(listening, true), `server_name ${names};`, ...tls, ...content]))
    const onward = certificate.redirectHttp ? toHttps(listening) : content
    parts.push(server([...listen(listening, false), `server_name ${names};`, ...challenges(place), ...onward]))
  } else parts.push(server([...listen(listening, false), `server_name ${names};`, ...challenges(place), ...content]))
  if (site.loopbackPort !== undefined) {
    parts.push(server([`listen 127.0.0.1:${site.loopbackPort};`, 'server_name _;', ...content]))
  }
  for (const redirect of site.redirects) {
    if (!('host' in redirect.from)) continue
    const onward = location('/', [`return ${redirect.status} ${onwardTo(redirect)};`])
    const name = `server_name ${redirect.from.host};`
    if (certificate?.redirectHosts.includes(redirect.from.host))
      parts.push(server([...listen(listening, true), name, ...tls, ...onward]))
    parts.push(server([...listen(listening, false), name, ...challenges(place), ...onward]))
  }
  return `${parts.join('\n\n')}\n`
}

const upstreamName = (project: ProjectName, process: ProcessName, group: 0 | 1) =>
  `corpus.${project}.${process}.${group === 0 ? 'first' : 'second'}`

function upstreams(site: Site, target: Target): readonly string[] {
  return routedProcesses(site).flatMap(process =>
    ([0, 1] as const).flatMap(group => {
      const ports = target.groups[group].get(process) ?? []
      if (ports.length === 0) return []
      // A process that died is left out for a second only: its supervisor brings it back.
      const servers = ports.map(port => `  server 127.0.0.1:${port} max_fails=1 fail_timeout=1s;`)
      return [`upstream ${upstreamName(site.project, process, group)} {\n${servers.join('\n')}\n}`]
    }),
  )
}

function body(place: IngressPlace, site: Site, target: Target, active: string): readonly string[] {
  return [
    ...choice(site, target, active),
    `client_max_body_size ${site.uploadBytes};`,
    'absolute_redirect off;',
    ...headerRoom(site),
    ...(site.trustedProxies ?? []).map(network => `set_real_ip_from ${network};`),
    ...(site.trustedProxies ? ['real_ip_header X-Forwarded-For;', 'real_ip_recursive on;'] : []),
    ...(site.users
      ? [`auth_basic ${word(site.project)};`, `auth_basic_user_file ${word(passwordFile(place, site.project))};`]
      : []),
    ...site.directives.map(line => `${line};`),
    ...site.redirects.flatMap(pathRedirect),
    ...site.routes.flatMap((route, index) => locations(place, site, target, active, route, index)),
    ...location(gitFolders, ['return 404;']),
    'location @maintenance {',
    '  auth_basic off;',
    '  default_type text/html;',
    `  root ${word(join(place.home, 'maintenance'))};`,
    `  try_files /${site.project}.html =503;`,
    '}',
  ]
}

/** Names with an underscore, and headers as large as applications make them: some KB of cookies are usual. */
export const roomForHeaders = ['underscores_in_headers on;', 'large_client_header_buffers 4 32k;'] as const

/** Buffers that a project sets itself come with those that fit to them. */
function headerRoom(site: Site): readonly string[] {
  const sets = (name: string) => site.directives.some(line => line.startsWith(`${name} `))
  return [
    ...roomForHeaders.filter(line => !sets(line.split(' ')[0] ?? '')),
    ...(sets('proxy_buffers') || sets('proxy_busy_buffers_size')
      ? []
      : [...(sets('proxy_buffer_size') ? [] : ['proxy_buffer_size 32k;']), 'proxy_buffers 8 32k;']),
  ]
}

/** What front proxies that are trusted say of how they were reached goes on to the application; of others it is written anew. */
function believed(site: Site): readonly string[] {
  if (!site.trustedProxies) return []
  const networks = site.trustedProxies.map(network => `  ${network} 1;`)
  const id = variableOf(site)
  const kept = (name: string, header: string, pattern: string, usual: string) =>
    `map "$corpus_trusts_${id}:$http_${header}" $corpus_${name}_${id} {\n  default ${usual};\n  "~^1:(?<corpus_said_${name}_${id}>${pattern})$" $corpus_said_${name}_${id};\n}`
  return [
    `geo $realip_remote_addr $corpus_trusts_${id} {\n  default 0;\n${networks.join('\n')}\n}`,
    kept('proto', 'x_forwarded_proto', 'https?', '$scheme'),
    kept('host', 'x_forwarded_host', '[A-Za-z0-9.:_-]+', '$http_host'),
  ]
}

/** Names of variables have no dash. */
const variableOf = (site: Site) => createHash('sha256').update(site.project).digest('hex').slice(0, 12)

/** Decided once a request, in the server: a request that began with one group ends with it. */
function choice(site: Site, target: Target, active: string): readonly string[] {
  const processes = routedProcesses(site)
  const sets = (group: 0 | 1) =>
    processes.flatMap((process, index) =>
      isUp(target.groups[group], process)
        ? [`set $corpus_group${index} ${upstreamName(site.project, process, group)};`]
        : [],
    )
  const second = sets(1).map(line => `  ${line}`)
  return [...sets(0), ...(second.length > 0 ? [`if (-f ${word(join(active, 'second'))}) {`, ...second, '}'] : [])]
}

const routedProcesses = (site: Site) => [
  ...new Set(site.routes.flatMap(route => (route.to === 'process' ? [route.process] : []))),
]
const isUp = (ports: Ports, process: ProcessName) => (ports.get(process) ?? []).length > 0

function locations(
  place: IngressPlace,
  site: Site,
  target: Target,
  active: string,
  route: Route,
  index: number,
): readonly string[] {
  const down = ['error_page 503 @maintenance;', `if (-f ${word(maintenanceFlag(place, site.project))}) { return 503; }`]
  if (route.to === 'folder') return folderLocations(target.data ?? '', join(active, 'tree'), route, down)
  if (!isUp(target.groups[0], route.process)) return both(route.path, [...down, 'return 503;'])
  const proxy = [
    `proxy_pass http://$corpus_group${routedProcesses(site).indexOf(route.process)};`,
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    `proxy_set_header X-Forwarded-Proto $${site.trustedProxies ? `corpus_proto_${variableOf(site)}` : 'scheme'};`,
    `proxy_set_header X-Forwarded-Host $${site.trustedProxies ? `corpus_host_${variableOf(site)}` : 'http_host'};`,
    'proxy_set_header Proxy "";',
    'proxy_connect_timeout 5s;',
  ]
  // WebSockets and event streams go by another location: unbuffered, and with the patience that a stream needs.
  const usual = [
    ...down,
    `error_page 418 = @stream${index};`,
    'if ($corpus_stream) { return 418; }',
    ...proxy,
    'proxy_set_header Connection close;',
    ...(site.isUnbuffered ? ['proxy_request_buffering off;', 'proxy_buffering off;'] : []),
    `proxy_read_timeout ${site.answerSeconds}s;`,
  ]
  const stream = [
    ...proxy,
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $corpus_connection;',
    'proxy_buffering off;',
    'proxy_read_timeout 1h;',
    'proxy_send_timeout 1h;',
  ]
  return [...both(route.path, usual), ...location(`@stream${index}`, stream)]
}

/**
 * A link is followed where it belongs to the owner of what it leads to, and is asked for from the top of the tree on: what is
 * above that is ours. A page for what is not found is named whether there is one or not: without one, nginx says so itself.
 */
function folderLocations(
  data: string,
  tree: string,
  route: Extract<Route, { to: 'folder' }>,
  down: readonly string[],
): readonly string[] {
  const top = route.of === 'data' ? data : tree
  const folder = join(top, route.folder)
  const hidden = [
    // What begins with a dot, another versioning's folders, and what says how the application runs is nobody's business.
    'location ~ (/\\.(?!well-known/)|/CVS/|^/(Procfile|Staticfile|static\\.json)$) { return 404; }',
    `disable_symlinks if_not_owner ${word(`from=${top}`)};`,
    'index index.html index.htm;',
  ]
  if (route.path === '/') {
    const last = route.fallback ?? '=404'
    return location('/', [
      ...down,
      ...(route.fallback === null ? ['error_page 404 /404.html;'] : []),
      `root ${word(folder)};`,
      ...hidden,
      `try_files $uri $uri/ $uri.html ${last};`,
    ])
  }
  const below = `${route.path.replace(/\/$/, '')}/`
  const fallback = route.fallback === null ? [] : [`error_page 404 =200 ${route.fallback};`]
  return location(below, [...down, ...fallback, `alias ${word(`${folder}/`)};`, ...hidden])
}

/** An application may list or serve the folder that it runs in: where git keeps what it has is nobody's business. */
const gitFolders = '~ /\\.git(/|$)'

/** `/api` and all below, but not `/apiary`. */
function both(path: string, lines: readonly string[]): readonly string[] {
  const bare = path.replace(/\/$/, '')
  return bare === '' ? location('/', lines) : [...location(`= ${bare}`, lines), ...location(`${bare}/`, lines)]
}

function pathRedirect(redirect: Redirect): readonly string[] {
  if (!('path' in redirect.from)) return []
  return location(`= ${redirect.from.path}`, [`return ${redirect.status} ${word(redirect.to)};`])
}

/** A redirected host keeps the path unless the target names one. */
function onwardTo(redirect: Redirect): string {
  return /^https?:\/\/[^/]+$/.test(redirect.to) ? `"${redirect.to}$request_uri"` : word(redirect.to)
}

function toHttps(listening: Listening): readonly string[] {
  const port = listening.httpsPort === 443 ? '' : `:${listening.httpsPort}`
  return location('/', [`return 308 "https://$host${port}$request_uri";`])
}

function challenges(place: IngressPlace): readonly string[] {
  return location('^~ /.well-known/acme-challenge/', [
    'auth_basic off;',
    'default_type text/plain;',
    `root ${word(place.challenges)};`,
  ])
}

export function listen(listening: Listening, tls: boolean, more = ''): readonly string[] {
  const port = tls ? listening.httpsPort : listening.httpPort
  const flags = `${tls ? ` ssl${listening.http2Directive ? '' : ' http2'}` : ''}${more}`
  const plain = `listen ${listening.address === '' ? '' : `${listening.address}:`}${port}${flags};`
  return listening.ipv6 && listening.address === '' ? [plain, `listen [::]:${port}${flags};`] : [plain]
}

function location(name: string, lines: readonly string[]): readonly string[] {
  return [`location ${name} {`, ...lines.map(line => `  ${line}`), '}']
}

function server(lines: readonly string[]): string {
  return `server {\n${lines.map(line => `  ${line}\n`).join('')}}`
}

/** A path or text as one word: the place and all names were parsed, so it holds no quote, backslash, "$" or line break. */
export function word(text: string): string {
  if (/[\x00-\x1f\x7f"$\\]/.test(text)) throw new Error(`not a word of nginx: ${JSON.stringify(text)}`)
  return `"${text}"`
}
