/** The certificate of a site: of a public CA, of this machine's own, or of the latter until the former is there. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { Shell } from '../shell/shell.ts'
import { type AcmeSettings, acmeFiles, hasAcmeCertificate, obtainCertificate } from './acme.ts'
import { type HostName, isPublic } from './hosts.ts'
import { internalCertificate } from './internal-authority.ts'
import { certificateFolder, type IngressPlace } from './place.ts'
import type { Certificate } from './render.ts'
import type { Site } from './site.ts'
import { redirectHosts } from './site-records.ts'

export interface CertificateSettings {
  readonly place: IngressPlace
  readonly shell: Shell
  readonly acme?: AcmeSettings
  /** Public certificates are asked for; otherwise the machine's own CA stands in. */
  readonly allowAcme?: boolean
}

export async function certificateFor(
  settings: CertificateSettings,
  site: Site,
  notices: string[],
): Promise<Certificate | null> {
  if (site.tls === 'off') return null
  const { place, shell } = settings
  if (site.tls === 'acme') {
    const acme = { ...acmeFiles(place, site.project), redirectHttp: true }
    const certified = (hosts: readonly HostName[]) => hasAcmeCertificate(place, site.project, hosts)
    if (certified([...site.hosts, ...certifiable(site)])) return { ...acme, redirectHosts: certifiable(site) }
    if (certified(site.hosts)) return { ...acme, redirectHosts: [] }
  }
  const others = redirectHosts(site)
  const files = await internalCertificate(place, shell, site.project, [...new Set([...site.hosts, ...others])])
  if (site.tls === 'internal') return { ...files, redirectHttp: true, redirectHosts: others }
  if (settings.allowAcme === false) notices.push(`${site.project} has a certificate of this machine's own CA for now.`)
  return { ...files, redirectHttp: false, redirectHosts: others }
}

/** Names that a public CA can certify beside the hosts: those that are led to them from elsewhere. */
const certifiable = (site: Site): readonly HostName[] =>
  redirectHosts(site).filter(host => isPublic(host) && !host.startsWith('*.') && !site.hosts.includes(host))

/** All that can be certified is, or was just now found not to be: a CA takes few faults an hour. */
export function isCertified(place: IngressPlace, site: Site, certificate: Certificate | null): boolean {
  if (!certificate?.redirectHttp) return false
  if (certifiable(site).every(host => certificate.redirectHosts.includes(host))) return true
  const tried = triedFile(place, site)
  return existsSync(tried) && Date.now() - statSync(tried).mtimeMs < 3_600_000
}

const triedFile = (place: IngressPlace, site: Site) => {
  const names = createHash('sha256').update(certifiable(site).join(' ')).digest('hex').slice(0, 12)
  return join(certificateFolder(place, site.project), `tried-${names}`)
}

/** A public certificate, or a notice why there is none: a CA that is not reached must not fail a deployment. */
export async function publicCertificate(
  settings: CertificateSettings,
  site: Site,
  notices: string[],
): Promise<Certificate | null> {
  const obtain = (names: readonly HostName[]) =>
    obtainCertificate(settings.place, settings.shell, site.project, names, settings.acme ?? {})
  const others = certifiable(site)
  try {
    if (others.length > 0) {
      try {
        return { ...(await obtain([...site.hosts, ...others])), redirectHttp: true, redirectHosts: others }
      } catch {
        notices.push(
          `${others.join(', ')} could not be certified for ${site.project}: ${site.hosts.join(', ')} is tried alone.`,
        )
        const tried = triedFile(settings.place, site)
        mkdirSync(dirname(tried), { recursive: true, mode: 0o700 })
        writeFileSync(tried, '')
      }
    }
    return { ...(await obtain(site.hosts)), redirectHttp: true, redirectHosts: [] }
  } catch (error) {
    const last =
      error instanceof CorpusError ? `${error.message} ${error.detail.split('\n').at(-1) ?? ''}`.trim() : String(error)
    notices.push(`${site.project} has a certificate of this machine's own CA for now: ${last}`)
    return null
  }
}

export function certificateDigest(place: IngressPlace, site: Site): string {
  const files = [
    acmeFiles(place, site.project).certificateFile,
    join(certificateFolder(place, site.project), 'internal', 'site.crt'),
  ]
  return files
    .map(file => (existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '-'))
    .join(' ')
}
