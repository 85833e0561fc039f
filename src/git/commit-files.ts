/** What a commit has, asked without a working copy: of loose objects in this process, of packed ones by git. */
import { join } from 'node:path'
import { nameOf, textOfName } from '../kernel/file-names.ts'
import { largestText, type TreeFiles, tooLarge } from '../kernel/tree-files.ts'
import { program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { entriesIn } from './answers.ts'
import { checkedOutput, cleanEnvironment } from './git.ts'
import { looseBlob, looseTop, looseTree, type TreeEntry } from './loose.ts'

/** Files of a commit, which git knows by their ids. */
export interface CommitFiles extends TreeFiles {
  /** What git calls the content of a file or folder; undefined where there is none. */
  id(path: string): string | undefined
}

/** `quarantine`: a folder of objects in which the commit still waits to be let in. What was read is kept as long as this is. */
export function commitFiles(
  shell: Pick<Shell, 'runSync'>,
  gitDir: string,
  commit: string,
  quarantine: string | null = null,
): CommitFiles {
  const objects = join(gitDir, 'objects')
  const stores = quarantine === null ? [objects] : [quarantine, objects]
  const env = { ...cleanEnvironment(), GIT_DIR: gitDir, ...waitingIn(quarantine, gitDir) }
  const ask = (...args: [string, ...string[]]): Buffer => {
    const ended = shell.runSync({ argv: [program('git'), ...args], cwd: gitDir, env, keepBytes: largestAnswer })
    checkedOutput(ended, args)
    return Buffer.from(ended.stdout)
  }
  const folders = new Map<string, ReadonlyMap<string, TreeEntry>>()
  const texts = new Map<string, string | undefined>()

  function entriesOf(folder: string): ReadonlyMap<string, TreeEntry> {
    const known = folders.get(folder)
    if (known) return known
    const found = new Map(listed(folder).map(entry => [textOfName(entry.name), entry]))
    folders.set(folder, found)
    return found
  }

  function listed(folder: string): readonly TreeEntry[] {
    if (folder === '') return looseTop(stores, commit) ?? entriesIn(ask('ls-tree', '-z', '--full-tree', commit))
    const entry = entryAt(folder)
    if (entry?.mode !== '40000') return []
    return looseTree(stores, entry.id) ?? entriesIn(ask('ls-tree', '-z', '--full-tree', entry.id))
  }

  function entryAt(path: string): TreeEntry | undefined {
    const slash = path.lastIndexOf('/')
    return entriesOf(slash < 0 ? '' : path.slice(0, slash)).get(path.slice(slash + 1))
  }

  function textAt(path: string): string | undefined {
    const entry = entryAt(path)
    if (entry === undefined || !entry.mode.startsWith('100')) return undefined
    const bytes = looseBlob(stores, entry.id) ?? ask('cat-file', 'blob', entry.id)
    if (bytes.length > largestText) throw tooLarge(path)
    return textOf(bytes)
  }

  return {
    has: path => entryAt(path) !== undefined,
    text(path) {
      if (!texts.has(path)) texts.set(path, textAt(path))
      return texts.get(path)
    },
    id: path => entryAt(path)?.id,
    names: (folder = '.') => [...entriesOf(folder === '.' ? '' : folder).keys()].sort(),
  }
}

/** Variables with which git finds what waits in quarantine. */
export const waitingIn = (quarantine: string | null, gitDir: string): Record<string, string> =>
  quarantine === null
    ? {}
    : { GIT_OBJECT_DIRECTORY: quarantine, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(gitDir, 'objects') }

const largestAnswer = 64 * 1024 * 1024

/** The entry at the top of a commit, or null where it has none of that name. */
export async function topEntry(shell: Shell, gitDir: string, commit: string, name: string): Promise<TreeEntry | null> {
  const args = ['ls-tree', '-z', '--full-tree', commit, '--', `:(top,literal)${name}`] as const
  const loose = looseTop([join(gitDir, 'objects')], commit)
  if (loose) return loose.find(entry => entry.name === nameOf(name)) ?? null
  const ended = await shell.run({
    argv: [program('git'), ...args],
    cwd: gitDir,
    env: { ...cleanEnvironment(), GIT_DIR: gitDir },
  })
  checkedOutput(ended, args)
  return entriesIn(Buffer.from(ended.stdout))[0] ?? null
}
