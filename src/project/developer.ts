/** Whose an editable tree is: an account of its own, which is not the one that the application runs as. Only root makes accounts. */
import { chmodSync, existsSync, lchownSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSaved } from '../configuration/saved.ts'
import { checkoutEnvironment } from '../git/git.ts'
import { chownTree } from '../git/owner.ts'
import { CorpusError } from '../kernel/errors.ts'
import { entryIfThere, textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import {
  accountWithId,
  allGroups,
  findAccount,
  type Group,
  isRoot,
  ownAccountNames,
  ownDeveloperName,
  refusalOf,
} from '../shell/account.ts'
import { changeAccounts } from '../shell/account-files.ts'
import { environmentOfAccount } from '../shell/environment.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'

/**
 * An existing login that root named (a saved setting: what the tree or the pillar say of it counts for nothing), or the one
 * that root makes.
 */
const developerName = (layout: ProjectLayout): string => savedText(layout, 'developer') ?? ownDeveloperName(layout)

function savedText(layout: ProjectLayout, key: string): string | null {
  const value = readSaved(layout.savedConfiguration).settings.get(key)
  return typeof value === 'string' && value !== '' ? value : null
}

/** Beside the tree: what tools of the developer's keep is in neither the tree nor the application's HOME. */
export const developerHome = (layout: ProjectLayout): string => join(dirname(layout.editableTree), 'home')

/** Null for an ordinary user, whose own all of it is. Throws ACCOUNT_FAILED. */
export function developerOf(layout: ProjectLayout): Account | null {
  if (!isRoot()) return null
  const name = developerName(layout)
  const account = findAccount(name)
  if (account === null) throw new CorpusError('ACCOUNT_FAILED', `There is no account ${name} on this machine.`)
  const refusal = account.uid === 0 ? `${name} is root` : refusalOf(layout, account)
  if (refusal !== undefined)
    throw new CorpusError('ACCOUNT_REFUSED', `The developer of an editable tree is an account of its own: ${refusal}.`)
  return account
}

/**
 * Whether state files of the editable tree run as root: said by root, in the saved settings alone. What the pillar, the tree
 * or a push say of it counts for nothing.
 */
export const statesAsRoot = (layout: ProjectLayout): boolean => savedText(layout, 'states_as') === 'root'

/** How git runs in the editable tree. */
export interface TreeGit {
  readonly env: Record<string, string>
  readonly user?: Account
}

/**
 * For root: as whoever owns the tree. As long as that is root, nobody else has put anything into it; but what comes from an
 * origin is another's, and its attributes name none of root's own filters, nor does a checkout run root's own hooks.
 */
export function treeGit(layout: ProjectLayout, origin: string | null): TreeGit {
  const account = ownerOfTree(layout)
  if (account !== null) return { env: developerEnvironment(layout, account, origin), user: account }
  const own = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: layout.editableTree }
  return { env: { ...checkoutEnvironment(), ...own } }
}

/** Null for an ordinary user, and where the tree is root's own. Throws ACCOUNT_FAILED. */
export function ownerOfTree({ editableTree }: ProjectLayout): Account | null {
  const uid = isRoot() ? (entryIfThere(editableTree)?.uid ?? 0) : 0
  const account = uid === 0 ? null : accountWithId(uid)
  if (uid !== 0 && account === null)
    throw new CorpusError('ACCOUNT_FAILED', `${editableTree} belongs to the user ${uid}, which is no account here.`)
  return account
}

/** Makes the account where there is none, and gives it the tree. What was made, a sentence each. Throws ACCOUNT_FAILED. */
export async function ensureDeveloper(shell: Shell, layout: ProjectLayout): Promise<string[]> {
  if (!isRoot()) return []
  const done: string[] = []
  const name = developerName(layout)
  const group = savedText(layout, 'group') ?? ownAccountNames(layout).group
  const known = allGroups().find(one => one.name === group)
  if (findAccount(name) === null) {
    if (name !== ownDeveloperName(layout))
      throw new CorpusError('ACCOUNT_FAILED', `The setting developer names ${name}, which is no account here.`)
    const place = ['--home-dir', developerHome(layout), '--no-create-home', '--shell', '/bin/sh']
    const own = known === undefined ? ['--user-group'] : ['--gid', group]
    await must(shell, 'useradd', '--system', ...own, ...place, '--', name)
    done.push(`made the user ${name}`)
  } else if (known !== undefined && !isInGroup(name, known)) await must(shell, 'gpasswd', '--add', name, group)
  const account = developerOf(layout) as Account
  ensureHome(layout, account)
  const gid = known?.gid ?? account.gid
  const top = entryIfThere(layout.editableTree)
  if (top?.isDirectory() && top.uid !== account.uid)
    await chownTree(shell, layout.editableTree, { uid: account.uid, gid })
  if (top?.isDirectory()) chmodSync(layout.editableTree, 0o2750)
  return done
}

/**
 * What git runs with in the editable tree: its configuration, hooks and filters are the developer's, and so are the rights.
 * Both repositories are named as safe in a file of root's: git does not hand such words of the environment on to its helpers.
 */
function developerEnvironment(
  layout: ProjectLayout,
  { name, home }: Account,
  origin: string | null,
): Record<string, string> {
  const file = join(dirname(layout.editableTree), 'gitconfig')
  const safe = [
    layout.editableTree,
    layout.projectGit,
    ...(origin !== null && /^\/[^\n\0]*$/.test(origin) ? [origin] : []),
  ]
  const lines = safe.map(path => `\tdirectory = "${path.replaceAll(/["\\]/g, '\\$&')}"\n`)
  const text = `[safe]\n${lines.join('')}[include]\n\tpath = ~/.gitconfig\n`
  if (textIfThere(file) !== text) writeWhole(file, text, { mode: 0o644 })
  return {
    ...accountEnvironment({ name, home }),
    GIT_CONFIG_GLOBAL: file,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
}

export const accountEnvironment = environmentOfAccount

/** Its parent is root's: nobody else puts something in its place. */
function ensureHome(layout: ProjectLayout, { uid, gid, home }: Account): void {
  if (home !== developerHome(layout) || existsSync(home)) return
  mkdirSync(home, { recursive: true, mode: 0o700 })
  lchownSync(home, uid, gid)
}

const isInGroup = (user: string, { gid, members }: Group): boolean =>
  members.split(',').includes(user) || findAccount(user)?.gid === gid

async function must(shell: Shell, name: string, ...args: string[]): Promise<void> {
  const ended = await changeAccounts(shell, [name, ...args])
  if (ended.status !== 0)
    throw new CorpusError('ACCOUNT_FAILED', `${name} ${args.at(-1)} failed.`, { detail: textOf(ended.stderr).trim() })
}
