/** What corpus and all that it starts find in their environment: fixed, and what this machine declares; nothing of whoever called. */
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { isRoot } from './account.ts'
import { systemPath } from './programs.ts'
import type { Account } from './shell.ts'

/** Who speaks: a person at a command line, a hook of git's, nobody (a runner, the agent, a job), or corpus, which gives just what it means to. */
export type Caller = 'person' | 'git' | 'nobody' | 'corpus'

/** Of a person's environment: the terminal, what ssh, git and programs that download need, and where own services listen. */
const personal = new Set(
  (
    'TERM COLORTERM TMPDIR NO_COLOR COLUMNS LINES SUDO_USER SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS XDG_CONFIG_HOME ' +
    'GIT_SSH GIT_SSH_COMMAND GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR DOCKER_HOST DOCKER_CONFIG ' +
    'http_proxy https_proxy ftp_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY'
  ).split(' '),
)
/** Of everybody's: where a user's own systemd listens, and that git is to leave the machine's settings alone. */
const always = new Set(['XDG_RUNTIME_DIR', 'GIT_CONFIG_NOSYSTEM'])
/** Ours, but one deployment's only: what runs another must not find it. */
const ofOne = new Set(['CORPUS_INSTANCE', 'CORPUS_DEPLOYMENT', 'CORPUS_LIMITED', 'CORPUS_VERDICT', 'CORPUS_BY'])

let declared: Readonly<Record<string, string>> = {}

/** Makes this process's environment the fixed one. The first that a program does: what it starts inherits no more. */
export function settleEnvironment(root: string, caller: Caller): void {
  const before = { ...process.env }
  declared = readDeclared(join(root, 'corpus', 'environment'))
  if (caller === 'corpus') return
  const after: NodeJS.ProcessEnv = { ...fixed(before), ...declared }
  for (const [name, value] of Object.entries(before))
    if (value !== undefined && passes(name, caller)) after[name] = value
  // What it starts and is corpus again is to find the same root.
  if (caller !== 'person' && isAbsolute(root)) after['CORPUS_ROOT'] = root
  for (const name of Object.keys(before)) if (after[name] === undefined) delete process.env[name]
  Object.assign(process.env, after)
}

/** For who lives longer than one deployment: what the machine declares by now counts for the next. */
export function renewDeclared(root: string): void {
  const next = readDeclared(join(root, 'corpus', 'environment'))
  const gone = Object.keys(declared).filter(name => next[name] === undefined)
  if (gone.length === 0 && Object.entries(next).every(([name, value]) => declared[name] === value)) return
  declared = next
  for (const name of gone) delete process.env[name]
  Object.assign(process.env, fixed(process.env), next)
}

function passes(name: string, caller: Caller): boolean {
  if (always.has(name)) return true
  if (name.startsWith('CORPUS_')) return caller !== 'nobody' || !ofOne.has(name)
  if (caller === 'git') return name.startsWith('GIT_')
  return caller === 'person' && personal.has(name)
}

/** What commands of a deployment find that name no environment, as whoever runs this: whoever pushed, it is the same. */
export function deploymentEnvironment(): Record<string, string> {
  const root = process.env['CORPUS_ROOT']
  return { ...fixed(process.env), ...(root === undefined ? {} : { CORPUS_ROOT: root }), ...declared }
}

/** What commands of a deployment find that run as another account; `null` is our own. */
export function environmentOfAccount(account: Pick<Account, 'name' | 'home'> | null): Record<string, string> {
  if (account === null) return deploymentEnvironment()
  const { name, home } = account
  return { PATH: systemPath, HOME: home, USER: name, LOGNAME: name, LANG: 'C.UTF-8', ...declared }
}

function fixed(before: NodeJS.ProcessEnv): Record<string, string> {
  const { name, home } = self()
  return {
    PATH: pathOf(before),
    HOME: ownHome(before['HOME'], home),
    USER: name,
    LOGNAME: name,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  }
}

/** Root finds the machine's programs alone; an ordinary user may have some of the own. */
function pathOf({ CORPUS_PROGRAMS: further, PATH: path }: NodeJS.ProcessEnv): string {
  const folders = [...(further ?? '').split(':'), ...(isRoot() ? [] : (path ?? '').split(':'))].filter(isAbsolute)
  return [...new Set([...folders, ...systemPath.split(':')])].join(':')
}

/** A home that is another's (after sudo) is not believed: what its settings say would be done as whoever runs this. */
function ownHome(given: string | undefined, known: string): string {
  if (given === undefined || !isAbsolute(given)) return known
  const stats = statSync(given, { throwIfNoEntry: false })
  return stats?.uid === process.getuid?.() ? given : known
}

function self(): { readonly name: string; readonly home: string } {
  try {
    const { username, homedir } = userInfo()
    return { name: username, home: homedir }
  } catch {
    return { name: String(process.getuid?.()), home: '/' }
  }
}

/** Believed only where nobody else could write it. */
function readDeclared(file: string): Record<string, string> {
  let opened: number
  try {
    opened = openSync(file, 'r')
  } catch {
    return {}
  }
  try {
    const { uid, mode } = fstatSync(opened)
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return {}
    const rows = readFileSync(opened, 'utf8').matchAll(/^([A-Za-z_]\w*)=(.*)$/gm)
    return Object.fromEntries(
      [...rows].map(([, name = '', value = '']) => [name, value.replace(/^(["'])(.*)\1$/, '$2')]),
    )
  } finally {
    closeSync(opened)
  }
}
