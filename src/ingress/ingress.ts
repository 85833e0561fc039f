/** The entry point to the applications: each project's site put in place, taken away, and all of them kept up with their certificates. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import { rotateLogs } from './access-logs.ts'
import { hasAcmeCertificate, removeCertificate } from './acme.ts'
import { forgetAsked, noteAsked, noteNotCertified } from './asked.ts'
import { openGates, shutGates } from './gates.ts'
import { checkHosts } from './hosts.ts'
import { install, withoutForeign } from './install.ts'
import { withLock } from './lock.ts'
import { ensureMaintenancePage } from './maintenance.ts'
import { type Nginx, type NginxSettings, nginxAt } from './nginx.ts'
import { putUsers } from './passwords.ts'
import { clearPending, isPending, setPending } from './pending.ts'
import {
  certificateFolder,
  type IngressPlace,
  maintenanceFlag,
  maintenancePage,
  passwordFile,
  siteFile,
  siteRecord,
} from './place.ts'
import type { Ports } from './render.ts'
import type { Site } from './site.ts'
import {
  type CertificateSettings,
  certificateDigest,
  certificateFor,
  isCertified,
  publicCertificate,
} from './site-certificates.ts'
import { recordOf, records, redirectHosts, type SiteTarget, servingPorts } from './site-records.ts'

export interface Ingress {
  /** Makes the project reachable as the site says, at these ports and in this tree. The old site stays when the new one fails. */
  /**
   * `later` takes what may wait until somebody has the answer: shutting the gates of what served before. `behind` takes what
   * nobody is to wait for, since a public CA takes its time: asking for a certificate.
   */
  put(site: Site, target: SiteTarget, later?: Later, behind?: Behind): Promise<IngressOutcome>
  /** The project is not reachable any more. */
  remove(project: ProjectName): Promise<void>
  /** nginx runs with the sites of all projects: started, or what is missing put back. */
  ensure(): Promise<readonly string[]>
  /** Asks for public certificates that are missing and renews those that end soon; or only the former. */
  renew(only?: 'missing'): Promise<readonly string[]>
  /** The ports that the project's traffic reaches now; null where it has none, or where a change was begun and not ended. */
  servingPorts(project: ProjectName): ReadonlySet<number> | null
  /** Whether nginx runs. */
  runs(): Promise<boolean>
  /** The address of a site as a person types it. */
  url(site: Site): string
}

type Later = (work: () => Promise<void>) => void | Promise<void>

/** The work tells what a person should know of it, and throws nothing. */
type Behind = (work: () => Promise<readonly string[]>) => void

interface IngressOutcome {
  readonly changed: boolean
  /** What a person should know and nobody has to do anything about now. */
  readonly notices: readonly string[]
}

export type IngressSettings = NginxSettings & CertificateSettings

export function ingress(settings: IngressSettings): Ingress {
  const { place } = settings
  const locked: Locked = work => withLock(place, 'sites', async () => work(await nginxAt(settings)))
  return {
    put: (site, target, later, behind) => put(settings, locked, site, routedTarget(site, target), later, behind),
    remove: project => locked(nginx => remove(settings, nginx, project)),
    ensure: () => locked(nginx => ensure(settings, nginx)),
    renew: only => renew(settings, locked, only),
    servingPorts: project => servingPorts(place, project),
    runs: async () => (await nginxAt(settings)).masterPid() !== null,
    url: site => siteUrl(settings, site),
  }
}

/** Without the ports of processes that the site does not lead to: those may come and go without it. */
function routedTarget(site: Site, target: SiteTarget): SiteTarget {
  const routed = new Set(site.routes.flatMap(route => (route.to === 'process' ? [route.process] : [])))
  const only = (ports: Ports) => new Map([...ports].filter(([process]) => routed.has(process)))
  return { ...target, ports: only(target.ports), nextPorts: only(target.nextPorts ?? new Map()) }
}

/** Work that changes the sites, one at a time on the machine. A public CA is never waited for in it. */
type Locked = <T>(work: (nginx: Nginx) => Promise<T>) => Promise<T>

async function put(
  settings: IngressSettings,
  locked: Locked,
  site: Site,
  target: SiteTarget,
  later: Later = async work => work(),
  behind?: Behind,
): Promise<IngressOutcome> {
  const { place, shell } = settings
  const notices: string[] = []
  // Gates are the project's own: they are opened while the lock of all sites is waited for, and shut behind it.
  const passage = { place, shell, worker: (await nginxAt(settings)).worker?.name ?? null }
  const before = recordOf(place, site.project)
  const wanted = { site, target }
  const opening = openGates(passage, site, target)
  try {
    const [changed, certificate] = await locked(nginx => putNow(settings, nginx, site, target, opening, notices))
    // What serves by then may be another: a push that failed meanwhile went back.
    await later(() => shutGates(passage, before, recordOf(place, site.project)))
    if (site.tls !== 'acme' || settings.allowAcme === false || isCertified(place, site, certificate))
      return { changed, notices }
  } catch (error) {
    await opening.catch(() => {})
    await shutGates(passage, wanted, before)
    throw error
  }
  // The site of now answers the challenge; with the certificate it is put once more.
  const certifying = () => certify(settings, locked, site.project)
  if (!behind) return { changed: true, notices: [...notices, ...(await certifying())] }
  noteAsked(place, site.project)
  behind(certifying)
  const asked = `a public certificate for ${site.hosts.join(', ')} is asked for behind this deployment; until it is there, plain HTTP answers, and HTTPS with a certificate of this machine's own CA`
  return { changed: true, notices: [...notices, asked] }
}

/** Has the site of now certified, whichever that is by then. One at a time on the machine: certbot wants it so. */
async function certify(settings: IngressSettings, locked: Locked, project: ProjectName): Promise<readonly string[]> {
  const { place } = settings
  const notices: string[] = []
  const wanted = () => {
    const now = recordOf(place, project)
    return now?.site.tls === 'acme' ? now : null
  }
  try {
    await withLock(place, 'certificates', async () => {
      const asking = wanted()
      if (!asking) return forgetAsked(place, project)
      noteAsked(place, project)
      const better = await publicCertificate(settings, asking.site, notices)
      if (isGone(place, project)) return
      if (!better) return noteNotCertified(place, project, notices.at(-1) ?? '')
      forgetAsked(place, project)
      await locked(async nginx => {
        const now = wanted()
        // Another set of names has to wait for a certificate of its own.
        if (now && now.site.hosts.join(' ') === asking.site.hosts.join(' '))
          await install(place, nginx, now.site, now.target, better, false, notices)
      })
      notices.push(`${asking.site.hosts.join(', ')} has a public certificate: HTTP leads to HTTPS from now on`)
    })
  } catch (error) {
    const why = faultOf(error).message
    noteNotCertified(place, project, why)
    notices.push(`${project} has no public certificate for now: ${why}`)
  }
  return notices
}

async function putNow(
  settings: IngressSettings,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  opening: Promise<readonly string[]>,
  notices: string[],
) {
  const { place, shell } = settings
  checkHosts(place, site.project, [...site.hosts, ...redirectHosts(site)])
  const prepared = nginx.prepare(site.tls !== 'off' || speakTls(place))
  // nginx has not read what was written, whatever becomes of this site.
  if (prepared) setPending(place)
  ensureMaintenancePage(place, site.project)
  const undoUsers = await putUsers(place, shell, site, nginx.worker)
  try {
    const certificate = await certificateFor(settings, site, notices)
    notices.push(...(await opening))
    return [await install(place, nginx, site, target, certificate, prepared, notices), certificate] as const
  } catch (error) {
    undoUsers()
    throw error
  }
}

async function remove({ place, shell }: IngressSettings, nginx: Nginx, project: ProjectName): Promise<void> {
  const before = recordOf(place, project)
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
  await shutGates({ place, shell, worker: nginx.worker?.name ?? null }, before, null)
  for (const path of [passwordFile(place, project), certificateFolder(place, project)])
    rmSync(path, { recursive: true, force: true })
  for (const name of existsSync(join(place.home, 'active')) ? readdirSync(join(place.home, 'active')) : [])
    if (name.startsWith(`${project}.`)) rmSync(join(place.home, 'active', name), { recursive: true, force: true })
  clearPending(place)
}

async function ensure(settings: IngressSettings, nginx: Nginx): Promise<readonly string[]> {
  const { place, shell } = settings
  const notices: string[] = []
  const prepared = nginx.prepare(speakTls(place))
  if (prepared) notices.push('The configuration around the sites was not there, or changed: it was written.')
  for (const { site, target } of records(place)) {
    if (existsSync(siteFile(place, site.project))) continue
    const certificate = await certificateFor(settings, site, notices)
    notices.push(...(await openGates({ place, shell, worker: nginx.worker?.name ?? null }, site, target)))
    await install(place, nginx, site, target, certificate, true, notices)
    notices.push(`The site of ${site.project} was missing: it was put back.`)
  }
  if (nginx.masterPid() === null) {
    await withoutForeign(place, nginx, null, notices)
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

async function renew(settings: IngressSettings, locked: Locked, only?: 'missing'): Promise<readonly string[]> {
  const { place } = settings
  const notices: string[] = []
  for (const { site } of records(place)) {
    if (site.tls === 'off') continue
    const isPublicOne = site.tls === 'acme' && settings.allowAcme !== false
    if (isPublicOne && !hasAcmeCertificate(place, site.project, site.hosts)) {
      notices.push(...(await certify(settings, locked, site.project)))
      continue
    }
    if (only === 'missing') continue
    const before = certificateDigest(place, site)
    const better = isPublicOne
      ? await withLock(place, 'certificates', () => publicCertificate(settings, site, notices))
      : null
    if (isGone(place, site.project)) continue
    await locked(async nginx => {
      const certificate = better ?? (await certificateFor(settings, site, notices))
      // The files have the same names: nginx is told although its text is the same.
      if (certificateDigest(place, site) === before && !isPending(place)) return
      nginx.prepare(true)
      setPending(place)
      const now = recordOf(place, site.project)
      if (now) await install(place, nginx, now.site, now.target, certificate, true, notices)
      notices.push(`${site.project} has a new certificate.`)
    })
  }
  return notices
}

/** What came for a project that was destroyed while the CA was asked goes as the project did. */
function isGone(place: IngressPlace, project: ProjectName): boolean {
  if (recordOf(place, project) !== null) return false
  forgetAsked(place, project)
  removeCertificate(place, project)
  return true
}

/** Whether a site speaks TLS: where none does, nobody listens for it. */
function speakTls(place: IngressPlace): boolean {
  return records(place).some(one => one.site.tls !== 'off')
}

function siteUrl(settings: IngressSettings, site: Site): string {
  const secure = site.tls !== 'off'
  const port = secure ? (settings.httpsPort ?? 443) : (settings.httpPort ?? 80)
  const host = (site.hosts.find(one => !one.startsWith('*.')) ?? site.hosts[0] ?? 'localhost').replace(/^\*\./, 'www.')
  return `${secure ? 'https' : 'http'}://${host}${port === (secure ? 443 : 80) ? '' : `:${port}`}/`
}
