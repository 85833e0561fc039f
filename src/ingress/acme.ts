/** Certificates of a public CA by certbot: it answers challenges by files that every site of ours serves. */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import { program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import type { HostName } from './hosts.ts'
import { type CertificateFiles, isGoodFor } from './internal-authority.ts'
import type { IngressPlace } from './place.ts'

export interface AcmeSettings {
  /** The directory of the CA; default: Let's Encrypt. */
  readonly server?: string
  /** Where the CA writes to about certificates that end. */
  readonly mail?: string
  /** Certificates that a CA under test is trusted by. */
  readonly trustedFile?: string
}

const acmeFolder = (place: IngressPlace) => join(place.home, 'acme')

export function acmeFiles(place: IngressPlace, project: ProjectName): CertificateFiles {
  const live = join(acmeFolder(place), 'configuration', 'live', project)
  return { certificateFile: join(live, 'fullchain.pem'), keyFile: join(live, 'privkey.pem') }
}

export function hasAcmeCertificate(place: IngressPlace, project: ProjectName, hosts: readonly HostName[]): boolean {
  return isGoodFor(acmeFiles(place, project).certificateFile, hosts)
}

/** What certbot keeps of a project's certificate, and renews it by: it goes with the project. */
export function removeCertificate(place: IngressPlace, project: ProjectName): void {
  const own = join(acmeFolder(place), 'configuration')
  for (const path of [join('renewal', `${project}.conf`), join('live', project), join('archive', project)])
    rmSync(join(own, path), { recursive: true, force: true })
}

/** Asks the CA for a certificate, or renews the one there is. The site must be served already, for the challenges. */
export async function obtainCertificate(
  place: IngressPlace,
  shell: Shell,
  project: ProjectName,
  hosts: readonly HostName[],
  settings: AcmeSettings = {},
): Promise<CertificateFiles> {
  if (!existsSync('/usr/bin/certbot'))
    throw new CorpusError('CERTIFICATE_FAILED', 'certbot is not installed, so no public certificate can be had.')
  mkdirSync(place.challenges, { recursive: true, mode: 0o755 })
  const folder = acmeFolder(place)
  const folders = [
    '--config-dir',
    join(folder, 'configuration'),
    '--work-dir',
    join(folder, 'work'),
    '--logs-dir',
    join(folder, 'logs'),
  ]
  const contact = settings.mail === undefined ? ['--register-unsafely-without-email'] : ['--email', settings.mail]
  const names = ['--cert-name', project, ...hosts.flatMap(host => ['--domain', host])]
  const server = settings.server === undefined ? [] : ['--server', settings.server]
  const manners = [
    '--non-interactive',
    '--agree-tos',
    '--keep-until-expiring',
    '--expand',
    '--renew-with-new-domains',
    '--max-log-backups',
    '10',
  ]
  const ended = await shell.run({
    argv: [
      program('certbot'),
      'certonly',
      ...manners,
      '--webroot',
      '--webroot-path',
      place.challenges,
      ...folders,
      ...contact,
      ...names,
      ...server,
    ],
    timeoutSeconds: 300,
    isLong: true,
    ...(settings.trustedFile === undefined
      ? {}
      : { env: { ...ownEnvironment(), REQUESTS_CA_BUNDLE: settings.trustedFile } }),
  })
  if (ended.status !== 0)
    throw new CorpusError('CERTIFICATE_FAILED', `certbot got no certificate for ${hosts.join(', ')}.`, {
      detail: `${textOf(ended.stdout)}${textOf(ended.stderr)}`.trim(),
    })
  return acmeFiles(place, project)
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
