/** A real slapd of a test's own on loopback, with a certificate of its own CA; it dies with the test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'ldapts'
import { findAccount } from '../../src/shell/account.ts'
import { freePort, listening } from './ports.ts'
import { eventually } from './world.ts'

export const base = 'dc=example,dc=org'
export const searcher = { dn: `cn=corpus,${base}`, password: 'look people up' }
const manager = { dn: `cn=manager,${base}`, password: 'all of it' }

export const hasSlapd: boolean = existsSync('/usr/sbin/slapd')
if (!hasSlapd) console.warn('skipped: the Debian package slapd is not installed')

export interface Certificate {
  /** Of the authority. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** An authority and a certificate for `localhost`, in files of the folder. */
export function makeCertificate(folder: string, names = 'DNS:localhost'): Certificate {
  const at = (name: string) => join(folder, name)
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...ec, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '30', '-subj', '/CN=A test')
  openssl('req', ...ec, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=server')
  writeFileSync(at('names'), `subjectAltName=${names}\n`)
  const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial']
  openssl(
    'x509',
    '-req',
    '-in',
    at('server.csr'),
    ...by,
    '-days',
    '30',
    '-extfile',
    at('names'),
    '-out',
    at('server.pem'),
  )
  return { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key') }
}

export interface Slapd {
  readonly port: number
  readonly tlsPort: number
  readonly ca: string
  /** What it was asked meanwhile, as it logs it: `BIND dn="…"`, `SRCH base="…"`. */
  asked(work: () => Promise<unknown>): Promise<string>
  /** As its manager. */
  change<T>(work: (client: Client) => Promise<T>): Promise<T>
  stop(): Promise<void>
  start(): Promise<void>
  /** It goes on holding connections, and answers nothing. */
  freeze(): void
  thaw(): void
  dispose(): Promise<void>
}

/** `people` and `groups` as LDIF, below `base`. */
export async function startSlapd(ldif: string): Promise<Slapd> {
  const top = mkdtempSync(join(tmpdir(), 'corpus-ldap-'))
  chmodSync(top, 0o755)
  const folder = join(top, 'ldap')
  mkdirSync(join(folder, 'db'), { recursive: true })
  const { ca, cert, key } = makeCertificate(folder)
  const [port, tlsPort] = [await freePort(), await freePort()]
  writeFileSync(
    join(folder, 'slapd.conf'),
    `${['core', 'cosine', 'nis', 'inetorgperson'].map(name => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/pid
TLSCACertificateFile ${ca}
TLSCertificateFile ${cert}
TLSCertificateKeyFile ${key}
# Whoever says a password without TLS is refused.
security simple_bind=128
database mdb
maxsize 16777216
suffix "${base}"
rootdn "${manager.dn}"
rootpw "${manager.password}"
directory ${folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${searcher.dn}" read by self read by * none
`,
  )
  const people = `dn: ${base}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ${searcher.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: corpus
userPassword: ${searcher.password}

dn: ou=people,${base}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${base}
objectClass: organizationalUnit
ou: groups

${ldif}`
  // It needs nothing of root.
  const account = process.getuid?.() === 0 ? findAccount('nobody') : null
  for (const name of ['', 'db', 'ca.pem', 'server.pem', 'server.key', 'slapd.conf'])
    if (account) chownSync(join(folder, name), account.uid, account.gid)
  const as = (argv: readonly string[]): string[] =>
    account
      ? ['--pdeathsig', 'INT', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...argv]
      : ['--pdeathsig', 'INT', ...argv]
  execFileSync('setpriv', as(['/usr/sbin/slapadd', '-f', join(folder, 'slapd.conf')]), { input: people, stdio: 'pipe' })
  let server: ChildProcess | undefined
  let log = ''
  const start = async () => {
    const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`
    const words = ['/usr/sbin/slapd', '-d', 'stats', '-h', urls, '-f', join(folder, 'slapd.conf')]
    server = spawn('setpriv', as(words), { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    server.stderr?.on('data', (piece: Buffer) => {
      log += piece.toString()
    })
    await Promise.all([listening(port), listening(tlsPort)])
  }
  const stop = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const end = new Promise(resolve => server?.on('exit', resolve))
    server.kill('SIGCONT')
    server.kill('SIGINT')
    await end
  }
  await start()
  const countOf = (word: RegExp) => [...log.matchAll(word)].length
  // What it says comes a while after it was done; of each connection, the end is the last.
  const isQuiet = () =>
    eventually('every connection is closed', () => countOf(/ ACCEPT from /g) === countOf(/ fd=\d+ closed/g))
  return {
    port,
    tlsPort,
    ca,
    async asked(work) {
      await isQuiet()
      const from = log.length
      await work()
      await isQuiet()
      return log.slice(from)
    },
    async change(work) {
      const tlsOptions = { ca: readFileSync(ca, 'utf8'), host: 'localhost', servername: 'localhost' }
      const client = new Client({ url: `ldaps://127.0.0.1:${tlsPort}`, tlsOptions })
      try {
        await client.bind(manager.dn, manager.password)
        return await work(client)
      } finally {
        await client.unbind()
      }
    },
    start,
    stop,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async dispose() {
      await stop()
      rmSync(top, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** An entry of a person, as LDIF. */
export const personLdif = (uid: string, password: string, more = ''): string =>
  `dn: uid=${uid},ou=people,${base}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid}
sn: ${uid}
mail: ${uid}@example.org
userPassword: ${password}
${more}

`

export const groupLdif = (name: string, ...uids: readonly string[]): string =>
  `dn: cn=${name},ou=groups,${base}
objectClass: groupOfNames
cn: ${name}
${uids.map(uid => `member: uid=${uid},ou=people,${base}`).join('\n')}

`
