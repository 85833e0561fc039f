/** The certificate of a site: of a public CA, of this machine's own, or of the latter until the former is there. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { Shell } from '../shell/shell.ts'
import { type AcmeSettings, acmeFiles, hasAcmeCertificate, obtainCertificate } from './acme.ts'
import { internalCertificate } from './internalAuthority.ts'
import { certificateFolder, type IngressPlace } from './place.ts'
import type { Certificate } from './render.ts'
import type { Site } from './site.ts'

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
  if (site.tls === 'acme' && hasAcmeCertificate(place, site.project, site.hosts))
    return { ...acmeFiles(place, site.project), redirectHttp: true }
  const files = await internalCertificate(place, shell, site.project, [...site.hosts])
  if (site.tls === 'internal') return { ...files, redirectHttp: true }
  if (settings.allowAcme === false) notices.push(`${site.project} has a certificate of this machine's own CA for now.`)
  return { ...files, redirectHttp: false }
}

/** A public certificate, or a notice why there is none: a CA that is not reached must not fail a deployment. */
export async function acmeAfterwards(
  settings: CertificateSettings,
  site: Site,
  notices: string[],
): Promise<Certificate | null> {
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

export function certificateDigest(place: IngressPlace, site: Site): string {
  const files = [
    acmeFiles(place, site.project).certificateFile,
    join(certificateFolder(place, site.project), 'internal', 'site.crt'),
  ]
  return files
    .map(file => (existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '-'))
    .join(' ')
}
