/** The password file of a site: one line a user, hashed as crypt(3) with SHA-512, readable by nginx's workers only. */
import { scryptSync } from 'node:crypto'
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { program } from '../shell/programs.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'
import { type IngressPlace, passwordFile } from './place.ts'
import type { Site } from './site.ts'

/** Writes the password file when users changed; returns what undoes it. */
export async function putUsers(
  place: IngressPlace,
  shell: Shell,
  site: Site,
  worker: Account | null,
): Promise<() => void> {
  const file = passwordFile(place, site.project)
  const mark = `${file}.digest`
  if (site.users === null) return () => {}
  // Hashes have a salt of their own each time: what was hashed is told by a slow digest.
  const digest = scryptSync(JSON.stringify(Object.entries(site.users).sort()), site.project, 32).toString('hex')
  if (existsSync(file) && existsSync(mark) && readFileSync(mark, 'utf8') === digest) return () => {}
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null
  const text = await hashedUsers(shell, site.users)
  rmSync(mark, { force: true })
  writePasswords(file, text, worker)
  writeFileSync(mark, digest, { mode: 0o600 })
  return () => {
    rmSync(mark, { force: true })
    if (before === null) rmSync(file, { force: true })
    else writePasswords(file, before, worker)
  }
}

/** Passwords go to openssl by its standard input: an argument could be read by everybody on the machine. */
async function hashedUsers(shell: Shell, users: Readonly<Record<string, string>>): Promise<string> {
  const lines: string[] = []
  for (const [name, password] of Object.entries(users)) {
    const ended = await shell.run({
      argv: [program('openssl'), 'passwd', '-6', '-stdin'],
      input: `${password}\n`,
      timeoutSeconds: 30,
    })
    const hash = textOf(ended.stdout).trim()
    if (ended.status !== 0 || !hash.startsWith('$6$'))
      throw new CorpusError('INGRESS_FAILED', 'openssl could not hash a password.')
    lines.push(`${name}:${hash}\n`)
  }
  return lines.join('')
}

/** Only nginx's workers read it beside us. */
function writePasswords(file: string, text: string, worker: Account | null): void {
  const fresh = `${file}.new`
  writeFileSync(fresh, text, { mode: 0o600, flush: true })
  if (worker !== null) {
    chownSync(fresh, 0, worker.gid)
    chmodSync(fresh, 0o640)
  }
  renameSync(fresh, file)
}
