/** The folders of a project, and the links that make its pillar and state files part of the machine's. */
import { chmodSync, existsSync, lchownSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { ensureFolder, entryIfThere, linkIfThere, linkWhole, textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { program } from '../shell/programs.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'
import { pointSalt } from './salt-place.ts'

/** Makes what is missing; what is there stays as it is. Returns the paths that were made. */
export function ensureFolders(layout: ProjectLayout): string[] {
  return foldersOf(layout).flatMap(({ path, mode }) => (ensureFolder(path, mode) ? [path] : []))
}

interface Folder {
  readonly path: string
  readonly mode: number
  /** Whose it is: the account's; root's, and the account reads it; root's alone. */
  readonly of: 'account' | 'group' | 'root'
}

function foldersOf(layout: ProjectLayout): Folder[] {
  const group = (path: string): Folder => ({ path, mode: 0o750, of: 'group' })
  const ofAccount = (path: string): Folder => ({ path, mode: 0o750, of: 'account' })
  const ofRoot = (path: string): Folder => ({ path, mode: 0o700, of: 'root' })
  return [
    group(layout.home),
    group(layout.git),
    { path: layout.pillar, mode: 0o750, of: 'root' },
    ofAccount(layout.data),
    { ...ofAccount(layout.accountHome), mode: 0o700 },
    ofRoot(layout.own),
    ofRoot(layout.upgradeMarkers),
    ofAccount(layout.build),
    group(layout.deploy),
    group(layout.archives),
    group(layout.archived),
    group(layout.rolledBack),
    group(dirname(layout.editableTree)),
    { ...ofAccount(layout.editableTree), of: 'group' },
    group(layout.releases),
    group(layout.bundles),
    group(layout.failedBundles),
    // Its logs and records are of the same group.
    { ...group(layout.deployments), mode: 0o2750 },
    ofRoot(layout.queue),
  ]
}

/**
 * Whose each is, and who reads it. Every one of them lies in a folder that is root's: nobody else puts something in its place.
 * A link that stands there is a person's, and stays as it is.
 * `shared`: the developer of an editable tree, who is of the group, writes to what the account keeps.
 */
function chownFolders(layout: ProjectLayout, account: Account | null, shared: boolean): void {
  const repositories: Folder[] = [
    { path: layout.projectGit, mode: 0o750, of: 'group' },
    { path: layout.pillarGit, mode: 0o700, of: 'root' },
  ]
  const isKept = (path: string) => path === layout.data || path === layout.build
  for (const { path, mode: usual, of } of [...foldersOf(layout), ...repositories]) {
    const mode = shared && account && isKept(path) ? 0o2770 : usual
    const entry = entryIfThere(path)
    // A developer's own tree is given with all that is in it.
    if (!entry?.isDirectory() || (path === layout.editableTree && entry.uid !== process.getuid?.())) continue
    const uid = of === 'account' && account ? account.uid : 0
    const gid = of === 'root' || account === null ? 0 : account.gid
    if (account && (entry.uid !== uid || entry.gid !== gid)) lchownSync(path, uid, gid)
    // Where there are no ACLs, nginx passes by the last bit.
    if ((entry.mode & 0o7776) !== mode) chmodSync(path, mode)
  }
}

/**
 * Gives the folders of a project to an account, with all in them that belonged to the one before: after `user` was changed, and
 * when that is taken back. What others have in them, such as a developer, stays theirs.
 */
export async function handOverFolders(
  shell: Shell,
  layout: ProjectLayout,
  account: Account | null,
  shared: boolean,
): Promise<void> {
  for (const path of account === null ? [] : [layout.data, layout.build, layout.accountHome]) {
    const entry = entryIfThere(path)
    if (!entry?.isDirectory() || entry.uid === account?.uid || entry.uid === process.getuid?.()) continue
    // Each file is opened, looked at and given: nothing is that the account before puts in its place. The folder itself comes last.
    const owners = [`--from=${entry.uid}`, `${account?.uid}:${account?.gid}`]
    const argv = [program('chown'), '--recursive', '--no-dereference', ...owners, '--', path] as const
    const ended = await shell.run({ argv, cwd: '/' })
    // Where that one still writes, something may go meanwhile.
    if (ended.status !== 0 && entryIfThere(path)?.uid !== account?.uid)
      throw new CorpusError('ACCOUNT_FAILED', `${path} could not be given to ${account?.name}.`, {
        detail: textOf(ended.stderr).trim(),
      })
  }
  chownFolders(layout, account, shared)
}

/** The links of the RFC, and the line of the global top file. A link that a person pointed elsewhere stays. */
export function wireProject(layout: ProjectLayout): string[] {
  const done: string[] = []
  if (linkIfThere(join(layout.own, 'salt', 'current')) === undefined) pointSalt(layout, null)
  // It led to files that the project's account could write to.
  if (linkIfThere(layout.saltLink) === join(layout.project, '.salt'))
    linkWhole(join(layout.own, 'salt', 'current'), layout.saltLink)
  for (const [path, target] of [
    [layout.pillarLink, layout.pillar],
    [layout.saltLink, join(layout.own, 'salt', 'current')],
    [layout.salt, join('project', '.salt')],
  ] as const) {
    if (linkIfThere(path) !== undefined || existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    linkWhole(target, path)
    done.push(path)
  }
  if (linkIfThere(layout.project) === undefined && !existsSync(layout.project)) {
    linkWhole(layout.editableTree, layout.project)
    done.push(layout.project)
  }
  wireTopFile(layout)
  return done
}

/** `makina-projects.NAME` among what the pillar's top file gives to this machine. */
function wireTopFile(layout: ProjectLayout): void {
  const path = join(layout.root, 'pillar', 'top.sls')
  const line = `    - makina-projects.${layout.name}\n`
  const text = textIfThere(path)
  if (text?.includes(line)) return
  const head = '# Each project adds its line; lines of your own stay.\nbase:\n  "*":\n'
  if (text === undefined) writeWhole(path, `${head}${line}`, { mode: 0o640 })
  else if (text.startsWith(head)) writeWhole(path, `${text.replace(/\n*$/, '\n')}${line}`, { mode: 0o640 })
  // Another's top file is another's: `corpus doctor` tells what is missing there.
  else return
  chmodSync(path, 0o640)
}

/** Takes away the links of a project, where they are ours, and its line in the top file. */
export function unwireProject(layout: ProjectLayout): void {
  for (const [link, target] of [
    [layout.pillarLink, layout.pillar],
    [layout.saltLink, join(layout.own, 'salt', 'current')],
    [layout.saltLink, join(layout.project, '.salt')],
  ] as const)
    if (linkIfThere(link) === target) rmSync(link)
  unwireTopFile(layout)
}

/** Takes a project's line out of the top file again. */
function unwireTopFile(layout: ProjectLayout): void {
  const path = join(layout.root, 'pillar', 'top.sls')
  const text = textIfThere(path)
  const line = `    - makina-projects.${layout.name}\n`
  if (text?.includes(line)) writeWhole(path, text.replace(line, ''), { mode: 0o640 })
}
