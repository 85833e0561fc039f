/** Accounts of this machine, read from /etc/passwd: no process, and a push asks for one each time. */
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { userInfo } from 'node:os'
import { knownText } from '../kernel/known-texts.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Account } from './shell.ts'

export function findAccount(name: string): Account | null {
  return allAccounts().find(account => account.name === name) ?? null
}

export function allAccounts(): readonly Account[] {
  const text = knownText('/etc/passwd') ?? ''
  if (text !== accounts.text) accounts = { text, all: accountsIn(text) }
  return accounts.all
}

/** What the file said the last time. */
let accounts: { readonly text: string; readonly all: readonly Account[] } = { text: '', all: [] }

const accountsIn = (text: string): Account[] =>
  text.split('\n').flatMap(line => {
    const [name = '', , uid, gid, , home] = line.split(':')
    return name === '' || uid === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '/' }]
  })

export interface Group {
  readonly name: string
  readonly gid: number
  /** Names with commas, as it stands there. */
  readonly members: string
}

export function allGroups(): Group[] {
  return linesOf('/etc/group').flatMap(line => {
    const [name = '', , gid, members = ''] = line.split(':')
    return name === '' || gid === undefined ? [] : [{ name, gid: Number(gid), members }]
  })
}

export const accountWithId = (uid: number): Account | null => allAccounts().find(account => account.uid === uid) ?? null

/** How an account is called in sentences: by its name, where it has one. */
export const accountName = (uid: number): string => accountWithId(uid)?.name ?? `the user ${uid}`

export const isRoot = (): boolean => process.getuid?.() === 0

/** Who runs this. A user id need not have a name. */
export function ownName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}

type Home = Pick<ProjectLayout, 'home'>

/** Below it are the ids that Debian gives to its own accounts. */
const firstFreeId = 100

/** Whether an account was made for this project and for no other: its home is the project's folder, or in it. */
function isOwnAccount({ home }: Home, account: Account): boolean {
  if (account.uid < firstFreeId) return false
  const within = (folder: string) => account.home === folder || account.home.startsWith(`${folder}/`)
  // A root may be named by a link.
  return within(home) || within(real(home)) || real(account.home) === real(home)
}

/** Every account of the project's own. */
export const ownAccounts = (layout: Home): Account[] => allAccounts().filter(account => isOwnAccount(layout, account))

/** Why a project may not run as this account; undefined where it may. */
export function refusalOf(layout: Home, account: Account): string | undefined {
  if (account.uid === 0) return `${account.name} is root`
  if (account.uid < firstFreeId) return `${account.name} is an account of the system (${account.uid})`
  if (isOwnAccount(layout, account)) return undefined
  const [, root, other] = /^(.*)\/projects\/([a-z][a-z0-9_-]*)(?:\/|$)/.exec(account.home) ?? []
  return other === undefined ? undefined : `${account.name} is the account of the project ${other} below ${root || '/'}`
}

export interface AccountNames {
  readonly user: string
  readonly group: string
}

/**
 * The names of the project's own account and group. The home of an account says whose it is, so that one that another root
 * has, or a person, is never shared: then, and where NAME is too long for an account, they end in a digest of the folder's path.
 */
export function ownAccountNames(layout: Project): AccountNames {
  const [plain, other] = candidateNames(layout)
  return chosen(layout, plain.user, other.user) === plain.user ? plain : other
}

/** The account of who edits the project's tree, named by the same rule. */
export function ownDeveloperName(layout: Project): string {
  const [plain, other] = stems(layout)
  return chosen(layout, `${plain}-dev`, `${other}-dev`)
}

/** The names that a project's own account may have, the first where nothing is in the way. */
export function candidateNames(layout: Project): readonly [AccountNames, AccountNames] {
  const [plain, other] = stems(layout)
  const pair = (stem: string): AccountNames => ({ user: `${stem}-user`, group: `${stem}-grp` })
  return [pair(plain), pair(other)]
}

type Project = Pick<ProjectLayout, 'home' | 'name'>

function stems({ home, name }: Project): readonly [string, string] {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 6)
  return [name, `${name.slice(0, longestName - 12)}-${digest}`]
}

/** That useradd takes. */
const longestName = 32

/** Of two names that which the project has; else the first that it can have. */
function chosen(layout: Project, plain: string, other: string): string {
  if (plain.length > longestName) return other
  if (!isRoot()) return plain
  const accounts = allAccounts()
  const named = (name: string) => accounts.find(account => account.name === name)
  for (const name of [plain, other]) {
    const account = named(name)
    if (account !== undefined && isOwnAccount(layout, account)) return name
  }
  const others = accounts.filter(account => !isOwnAccount(layout, account))
  return named(plain) === undefined && isFree(`${layout.name}-grp`, others) ? plain : other
}

/** A group that nobody else is in, or that is not there. */
function isFree(name: string, others: readonly Account[]): boolean {
  const group = allGroups().find(one => one.name === name)
  if (group === undefined) return true
  const members = group.members.split(',')
  return !others.some(account => account.gid === group.gid || members.includes(account.name))
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n')

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
