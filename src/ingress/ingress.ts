/** The door to the applications: a site file a project, tested before it is put in place, taken over gracefully, put back when it fails. */
import { createHash, scryptSync } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type ProjectName, processName, projectName } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import { rotateLogs } from './accessLogs.ts'
import { type AcmeSettings, acmeFiles, hasAcmeCertificate, obtainCertificate } from './acme.ts'
import { checkHosts } from './hosts.ts'
import { internalCertificate } from './internalAuthority.ts'
import { withLock } from './lock.ts'
import { ensureMaintenancePage } from './maintenance.ts'
import { type Nginx, type NginxSettings, nginxAt } from './nginx.ts'
import { hashedUsers, writePasswords } from './passwords.ts'
import {
  activeFolder,
  certificateFolder,
  type IngressPlace,
  maintenanceFlag,
  maintenancePage,
  passwordFile,
  siteFile,
  siteRecord,
} from './place.ts'
import { type Certificate, type Ports, type RenderedSite, renderSite } from './render.ts'
import type { Site } from './site.ts'

export interface Ingress {
  /** Makes the project reachable as the site says, at these ports and in this tree. The old site stays when the new one fails. */
  put(site: Site, target: SiteTarget): Promise<IngressOutcome>
  /** The project is not reachable any more. */
  remove(project: ProjectName): Promise<void>
  /** nginx runs with the sites of all projects: started, or what is missing put back. */
  ensure(): Promise<readonly string[]>
  /** Asks for public certificates that are missing and renews those that end soon. */
  renew(): Promise<readonly string[]>
  /** The address of a site as a person types it. */
  url(site: Site): string
}

export interface SiteTarget {
  /** The real folder of the release's tree. */
  readonly tree: string
  /** Loopback ports of the processes that take the traffic. */
  readonly ports: Ports
  /** Ports of the processes that will take it after the next switch, where they are known: then nginx need not be told of it. */
  readonly nextPorts?: Ports
}

export interface IngressOutcome {
  readonly changed: boolean
  /** What a person should know and nobody has to do anything about now. */
  readonly notices: readonly string[]
}

export interface IngressSettings extends NginxSettings {
  readonly acme?: AcmeSettings
  /** Public certificates are asked for; otherwise the machine's own CA stands in. */
  readonly allowAcme?: boolean
}

export function ingress(settings: IngressSettings): Ingress {
  const { place, shell } = settings
  const locked: Locked = work => withLock(shell, join(place.home, 'lock'), async () => work(await nginxAt(settings)))
  return {
    put: (site, target) => put(settings, locked, site, routedTarget(site, target)),
    remove: project => locked(nginx => remove(place, nginx, project)),
    ensure: () => locked(nginx => ensure(settings, nginx)),
    renew: () => renew(settings, locked),
    url: site => siteUrl(settings, site),
  }
}

/** Without the ports of processes that the site does not lead to: those may come and go without it. */
function routedTarget(site: Site, target: SiteTarget): SiteTarget {
  const routed = new Set(site.routes.flatMap(route => (route.to === 'process' ? [route.process] : [])))
  const only = (ports: Ports) => new Map([...ports].filter(([process]) => routed.has(process)))
  return { tree: target.tree, ports: only(target.ports), nextPorts: only(target.nextPorts ?? new Map()) }
}

/** Work that changes the sites, one at a time on the machine. A public CA is never waited for in it. */
type Locked = <T>(work: (nginx: Nginx) => Promise<T>) => Promise<T>

async function put(settings: IngressSettings, locked: Locked, site: Site, target: SiteTarget): Promise<IngressOutcome> {
  const notices: string[] = []
  const [changed, certificate] = await locked(nginx => putNow(settings, nginx, site, target, notices))
  if (site.tls !== 'acme' || certificate?.redirectHttp || settings.allowAcme === false) return { changed, notices }
  // The site of now answers the challenge; with the certificate it is put once more.
  const better = await acmeAfterwards(settings, site, notices)
  if (better) await locked(nginx => install(settings.place, nginx, site, target, better, false, notices))
  return { changed: true, notices }
}

async function putNow(settings: IngressSettings, nginx: Nginx, site: Site, target: SiteTarget, notices: string[]) {
  const { place, shell } = settings
  checkHosts(place, site.project, [...site.hosts, ...redirectHosts(site)])
  const prepared = nginx.prepare()
  ensureMaintenancePage(place, site.project)
  const undoUsers = await putUsers(place, shell, site)
  try {
    const certificate = await certificateFor(settings, site, notices)
    return [await install(place, nginx, site, target, certificate, prepared, notices), certificate] as const
  } catch (error) {
    undoUsers()
    throw error
  }
}

/** True when something changed. From one release to the next the text is mostly the same: then nginx is not even told. */
async function install(
  place: IngressPlace,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  certificate: Certificate | null,
  prepared: boolean,
  notices: string[],
): Promise<boolean> {
  const isQuiet = nginx.masterPid() !== null && !prepared && !isPending(place)
  const old = read(siteFile(place, site.project))
  const groups = isQuiet ? fittingGroups(place, site.project, target.ports) : null
  if (groups) {
    const same = render(place, nginx, site, target, groups, certificate)
    if (same.text === old) {
      // The record first: killed in between, the next call finds what is wanted and makes it so.
      writeRecord(place, site, target, groups)
      return activate(place, site.project, same.digest, target, groupOf(groups, target.ports))
    }
  }
  const fresh: Groups = [target.ports, target.nextPorts ?? new Map()]
  await replace(place, nginx, site, target, fresh, render(place, nginx, site, target, fresh, certificate), old, notices)
  return true
}

/** The new text beside the old one: tested, then put in its place, then nginx is told; the old text comes back when that fails. */
async function replace(
  place: IngressPlace,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  groups: Groups,
  rendered: RenderedSite,
  old: string | null,
  notices: string[],
): Promise<void> {
  const { project } = site
  const fault = await tried(place, nginx, project, rendered.text)
  if (fault !== null)
    throw new CorpusError('INGRESS_FAILED', `nginx does not accept the site of ${project}.`, { detail: fault })
  // The same text can still be the one that nginx serves by: what it looks at says what is served, so it is put last.
  const isSame = rendered.text === old
  if (!isSame) activate(place, project, rendered.digest, target, 0)
  setPending(place)
  writeAtomically(siteFile(place, project), rendered.text)
  try {
    if (nginx.masterPid() !== null) await nginx.reload()
    else {
      await nginx.start()
      notices.push('nginx did not run: it was started with the sites of all projects.')
    }
  } catch (error) {
    if (old === null) rmSync(siteFile(place, project), { force: true })
    else writeAtomically(siteFile(place, project), old)
    if (nginx.masterPid() !== null) await nginx.reload().catch(() => {})
    throw error
  }
  if (isSame) activate(place, project, rendered.digest, target, 0)
  writeRecord(place, site, target, groups)
  clearPending(place)
  removeOldActive(place, project, rendered.digest)
}

type Groups = readonly [Ports, Ports]

/** The two groups that the site is written for, when the wanted ports are one of them. */
function fittingGroups(place: IngressPlace, project: ProjectName, ports: Ports): Groups | null {
  const groups = recordOf(place, project)?.groups ?? null
  return groups && groupOf(groups, ports) !== null ? groups : null
}

function groupOf(groups: Groups, ports: Ports): 0 | 1 | null {
  const text = portsText(ports)
  if (portsText(groups[0]) === text) return 0
  return portsText(groups[1]) === text ? 1 : null
}

const portsText = (ports: Ports) =>
  JSON.stringify([...ports].map(([process, list]) => [process, [...list].sort((a, b) => a - b)]).sort())

function render(
  place: IngressPlace,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  groups: Groups,
  certificate: Certificate | null,
) {
  const root = site.routes.find(route => route.to === 'folder' && route.path === '/')
  const notFoundPage = root?.to === 'folder' && existsSync(join(target.tree, root.folder, '404.html'))
  return renderSite(place, nginx.listening, site, { groups, notFoundPage }, certificate)
}

/** Makes the site look at the tree and at the group of ports; true when it looked elsewhere. Two renames, each whole or not at all. */
function activate(
  place: IngressPlace,
  project: ProjectName,
  digest: string,
  target: SiteTarget,
  group: 0 | 1 | null,
): boolean {
  const folder = activeFolder(place, project, digest)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const link = join(folder, 'tree')
  const second = join(folder, 'second')
  let changed = false
  if (linkTarget(link) !== target.tree) {
    rmSync(`${link}.new`, { force: true })
    symlinkSync(target.tree, `${link}.new`)
    renameSync(`${link}.new`, link)
    changed = true
  }
  if (existsSync(second) !== (group === 1)) {
    if (group === 1) writeFileSync(second, '')
    else rmSync(second)
    changed = true
  }
  return changed
}

/** The folder of the text before stays: workers that end their last requests may still look there. */
function removeOldActive(place: IngressPlace, project: ProjectName, digest: string): void {
  const folder = join(place.home, 'active')
  const others = readdirSync(folder)
    .filter(name => name.startsWith(`${project}.`) && name !== `${project}.${digest}`)
    .map(name => ({ path: join(folder, name), changed: statSync(join(folder, name)).mtimeMs }))
  for (const { path } of others.sort((a, b) => b.changed - a.changed).slice(1))
    rmSync(path, { recursive: true, force: true })
}

/** Tests the whole configuration with the new text in the place of the old one; what nginx says, or null. */
async function tried(place: IngressPlace, nginx: Nginx, project: ProjectName, text: string): Promise<string | null> {
  const folder = mkdtempSync(join(place.home, 'candidate-'))
  try {
    for (const name of readdirSync(place.sites))
      if (name.endsWith('.conf') && name !== `${project}.conf`) symlinkSync(join(place.sites, name), join(folder, name))
    writeFileSync(join(folder, `${project}.conf`), text)
    return await nginx.test(join(folder, '*.conf'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function remove(place: IngressPlace, nginx: Nginx, project: ProjectName): Promise<void> {
  const had = existsSync(siteFile(place, project))
  setPending(place)
  for (const file of [
    siteFile(place, project),
    siteRecord(place, project),
    maintenanceFlag(place, project),
    maintenancePage(place, project),
  ])
    rmSync(file, { force: true })
  if (had && nginx.masterPid() !== null) await nginx.reload()
  for (const path of [passwordFile(place, project), certificateFolder(place, project)])
    rmSync(path, { recursive: true, force: true })
  for (const name of existsSync(join(place.home, 'active')) ? readdirSync(join(place.home, 'active')) : [])
    if (name.startsWith(`${project}.`)) rmSync(join(place.home, 'active', name), { recursive: true, force: true })
  clearPending(place)
}

async function ensure(settings: IngressSettings, nginx: Nginx): Promise<readonly string[]> {
  const { place } = settings
  const notices: string[] = []
  const prepared = nginx.prepare()
  if (prepared) notices.push('The configuration around the sites was not there, or changed: it was written.')
  for (const { site, target } of records(place)) {
    if (existsSync(siteFile(place, site.project))) continue
    const certificate = await certificateFor(settings, site, notices)
    await install(place, nginx, site, target, certificate, true, notices)
    notices.push(`The site of ${site.project} was missing: it was put back.`)
  }
  if (nginx.masterPid() === null) {
    const fault = await nginx.test(join(place.sites, '*.conf'))
    if (fault !== null)
      throw new CorpusError('INGRESS_FAILED', 'nginx does not accept the sites that are there.', { detail: fault })
    await nginx.start()
    notices.push('nginx did not run: it was started with the sites of all projects.')
  } else if (prepared || isPending(place)) await nginx.reload()
  clearPending(place)
  if (nginx.mode === 'own' && rotateLogs(place)) nginx.reopenLogs()
  return notices
}

async function renew(settings: IngressSettings, locked: Locked): Promise<readonly string[]> {
  const { place } = settings
  const notices: string[] = []
  for (const { site, target } of records(place)) {
    if (site.tls === 'off') continue
    const before = certificateDigest(place, site)
    const better =
      site.tls === 'acme' && settings.allowAcme !== false ? await acmeAfterwards(settings, site, notices) : null
    await locked(async nginx => {
      const certificate = better ?? (await certificateFor(settings, site, notices))
      // The files have the same names: nginx is told although its text is the same.
      if (certificateDigest(place, site) === before && !isPending(place)) return
      setPending(place)
      await install(place, nginx, site, target, certificate, true, notices)
      notices.push(`${site.project} has a new certificate.`)
    })
  }
  return notices
}

async function certificateFor(settings: IngressSettings, site: Site, notices: string[]): Promise<Certificate | null> {
  if (site.tls === 'off') return null
  const { place, shell } = settings
  if (site.tls === 'acme' && hasAcmeCertificate(place, site.project, site.hosts))
    return { ...acmeFiles(place, site.project), redirectHttp: true }
  const files = await internalCertificate(place, shell, site.project, [...site.hosts])
  if (site.tls === 'internal') return { ...files, redirectHttp: true }
  if (settings.allowAcme === false) notices.push(`${site.project} has a certificate of this machine's own CA for now.`)
  return { ...files, redirectHttp: false }
}

/** A public certificate, or a notice why there is none: a CA that is not reached must not fail a deployment. */
async function acmeAfterwards(settings: IngressSettings, site: Site, notices: string[]): Promise<Certificate | null> {
  try {
    const files = await obtainCertificate(settings.place, settings.shell, site.project, site.hosts, settings.acme ?? {})
    return { ...files, redirectHttp: true }
  } catch (error) {
    const last =
      error instanceof CorpusError ? `${error.message} ${error.detail.split('\n').at(-1) ?? ''}`.trim() : String(error)
    notices.push(`${site.project} has a certificate of this machine's own CA for now: ${last}`)
    return null
  }
}

function certificateDigest(place: IngressPlace, site: Site): string {
  const files = [
    acmeFiles(place, site.project).certificateFile,
    join(certificateFolder(place, site.project), 'internal', 'site.crt'),
  ]
  return files
    .map(file => (existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '-'))
    .join(' ')
}

/** Writes the password file when users changed; returns what undoes it. */
async function putUsers(place: IngressPlace, shell: Shell, site: Site): Promise<() => void> {
  const file = passwordFile(place, site.project)
  const mark = `${file}.digest`
  if (site.users === null) return () => {}
  // Hashes have a salt of their own each time: what was hashed is told by a slow digest.
  const digest = scryptSync(JSON.stringify(Object.entries(site.users).sort()), site.project, 32).toString('hex')
  if (existsSync(file) && existsSync(mark) && readFileSync(mark, 'utf8') === digest) return () => {}
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null
  const text = await hashedUsers(shell, site.users)
  rmSync(mark, { force: true })
  writePasswords(file, text)
  writeFileSync(mark, digest, { mode: 0o600 })
  return () => {
    rmSync(mark, { force: true })
    if (before === null) rmSync(file, { force: true })
    else writePasswords(file, before)
  }
}

const redirectHosts = (site: Site) => site.redirects.flatMap(one => ('host' in one.from ? [one.from.host] : []))

/** While this file is there, a site was written that nginx may not have read. */
const pendingFile = (place: IngressPlace) => join(place.home, 'pending')
const isPending = (place: IngressPlace) => existsSync(pendingFile(place))
const setPending = (place: IngressPlace) => writeFileSync(pendingFile(place), '', { flush: true })
const clearPending = (place: IngressPlace) => rmSync(pendingFile(place), { force: true })

interface SiteRecord {
  readonly hosts: readonly string[]
  readonly site: Omit<Site, 'users'> & { readonly hasUsers: boolean }
  readonly tree: string
  readonly ports: WrittenPorts
  readonly groups: readonly [WrittenPorts, WrittenPorts]
}

type WrittenPorts = Readonly<Record<string, readonly number[]>>

function writeRecord(place: IngressPlace, site: Site, target: SiteTarget, groups: Groups): void {
  const { users, ...rest } = site
  const record: SiteRecord = {
    hosts: [...site.hosts, ...redirectHosts(site)],
    site: { ...rest, hasUsers: users !== null },
    tree: target.tree,
    ports: Object.fromEntries(target.ports),
    groups: [Object.fromEntries(groups[0]), Object.fromEntries(groups[1])],
  }
  mkdirSync(place.sites, { recursive: true, mode: 0o755 })
  writeAtomically(siteRecord(place, site.project), `${JSON.stringify(record)}\n`)
}

interface PutBefore {
  readonly site: Site
  readonly target: SiteTarget
  readonly groups: Groups
}

/** What was put last, of all projects. */
function records(place: IngressPlace): readonly PutBefore[] {
  return readdirSync(place.sites)
    .filter(name => name.endsWith('.json'))
    .flatMap(name => recordOf(place, name.slice(0, -'.json'.length) as ProjectName) ?? [])
}

/** What was put last of one project. Passwords are not in it: their file is there already. */
function recordOf(place: IngressPlace, project: ProjectName): PutBefore | null {
  try {
    const record = JSON.parse(readFileSync(siteRecord(place, project), 'utf8')) as SiteRecord
    const { hasUsers, ...rest } = record.site
    const site: Site = { ...rest, project: projectName(rest.project), users: hasUsers ? {} : null }
    const groups: Groups = [portsOf(record.groups[0]), portsOf(record.groups[1])]
    const [ports, other] = [portsOf(record.ports), groups[groupOf(groups, portsOf(record.ports)) === 1 ? 0 : 1]]
    return { site, target: { tree: record.tree, ports, nextPorts: other }, groups }
  } catch {
    return null
  }
}

function portsOf(written: WrittenPorts): Ports {
  return new Map(Object.entries(written).map(([process, list]) => [processName(process), list]))
}

const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : null)

function linkTarget(link: string): string | null {
  try {
    return readlinkSync(link)
  } catch {
    return null
  }
}

function writeAtomically(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { flush: true })
  renameSync(`${file}.new`, file)
}

function siteUrl(settings: IngressSettings, site: Site): string {
  const secure = site.tls !== 'off'
  const port = secure ? (settings.httpsPort ?? 443) : (settings.httpPort ?? 80)
  const host = (site.hosts.find(one => !one.startsWith('*.')) ?? site.hosts[0] ?? 'localhost').replace(/^\*\./, 'www.')
  return `${secure ? 'https' : 'http'}://${host}${port === (secure ? 443 : 80) ? '' : `:${port}`}/`
}
