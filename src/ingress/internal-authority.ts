/** Certificates of a CA of this machine's own, for names that no public CA certifies. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import { program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import type { HostName } from './hosts.ts'
import { certificateFolder, type IngressPlace } from './place.ts'

export interface CertificateFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

const renewDaysBefore = 30
/** Clients refuse certificates that are valid for longer than 398 days. */
const leafDays = 397
const authorityDays = 3650

export const authorityFile = (place: IngressPlace) => join(place.home, 'authority', 'ca.crt')

/** A certificate for exactly these names with more than 30 days to go: the one there is, or a new one. */
export async function internalCertificate(
  place: IngressPlace,
  shell: Shell,
  project: ProjectName,
  hosts: readonly HostName[],
): Promise<CertificateFiles> {
  const folder = join(certificateFolder(place, project), 'internal')
  const files = { certificateFile: join(folder, 'site.crt'), keyFile: join(folder, 'site.key') }
  if (isGoodFor(files.certificateFile, hosts) && existsSync(files.keyFile)) return files
  await ensureAuthority(place, shell)
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true, mode: 0o700 })
  await issue(place, shell, fresh, hosts)
  // Two renames: killed between them, the next call finds no certificate and makes one.
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
  return files
}

/** Covers the names and has more than 30 days to go. */
export function isGoodFor(certificateFile: string, hosts: readonly HostName[]): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile))
    const end = Date.parse(certificate.validTo)
    const names = (certificate.subjectAltName ?? '').split(', ').map(one => one.replace(/^(DNS|IP Address):/, ''))
    return end - Date.now() > renewDaysBefore * 86_400_000 && hosts.every(host => names.includes(host))
  } catch {
    return false
  }
}

async function ensureAuthority(place: IngressPlace, shell: Shell): Promise<void> {
  const folder = join(place.home, 'authority')
  if (existsSync(authorityFile(place)) && existsSync(join(folder, 'ca.key'))) return
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const key = join(folder, 'ca.key.new')
  const certificate = join(folder, 'ca.crt.new')
  writeFileSync(key, '', { mode: 0o600 })
  await openssl(shell, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key])
  chmodSync(key, 0o600)
  const subject = ['-subj', '/O=corpus/CN=corpus internal CA']
  const extensions = [
    '-addext',
    'basicConstraints=critical,CA:TRUE,pathlen:0',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ]
  await openssl(shell, [
    'req',
    '-x509',
    '-new',
    '-key',
    key,
    '-days',
    String(authorityDays),
    '-out',
    certificate,
    ...subject,
    ...extensions,
  ])
  renameSync(key, join(folder, 'ca.key'))
  renameSync(certificate, authorityFile(place))
}

async function issue(place: IngressPlace, shell: Shell, folder: string, hosts: readonly HostName[]): Promise<void> {
  const key = join(folder, 'site.key')
  const names = hosts.map(host => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`).join(',')
  const extensions = `subjectAltName=${names}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n`
  writeFileSync(join(folder, 'extensions'), extensions)
  await openssl(shell, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key])
  chmodSync(key, 0o600)
  await openssl(shell, ['req', '-new', '-key', key, '-out', join(folder, 'site.csr'), '-subj', '/O=corpus'])
  const authority = ['-CA', authorityFile(place), '-CAkey', join(place.home, 'authority', 'ca.key'), '-CAcreateserial']
  const output = ['-days', String(leafDays), '-extfile', join(folder, 'extensions'), '-out', join(folder, 'site.crt')]
  await openssl(shell, ['x509', '-req', '-in', join(folder, 'site.csr'), ...authority, ...output])
}

async function openssl(shell: Shell, words: readonly string[]): Promise<void> {
  const ended = await shell.run({ argv: [program('openssl'), ...words], timeoutSeconds: 60 })
  if (ended.status !== 0)
    throw new CorpusError('CERTIFICATE_FAILED', `openssl ${words[0]} ended with ${ended.status}.`, {
      detail: textOf(ended.stderr).trim() || (ended.spawnError ?? ''),
    })
}
