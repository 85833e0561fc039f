/** Trees of releases: working copies of a project's repository, each with a home of its own that it never leaves. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileName, namesIn } from '../kernel/file-names.ts'
import { writeWhole } from '../kernel/files.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput, type Git, gitIn } from './git.ts'
import { looseChanges } from './loose-changes.ts'

/** Where a tree stands, and where git keeps its index and HEAD: `<project.git>/worktrees/<id>`. */
export interface TreePlace {
  readonly projectGit: string
  readonly id: string
  readonly tree: string
}

/** One path that differs between two commits. */
export interface Change {
  readonly name: FileName
  readonly kind: 'added' | 'changed' | 'removed'
  readonly submodule: boolean
}

export const adminFolder = (place: TreePlace): string => join(place.projectGit, 'worktrees', place.id)
export const indexFile = (place: TreePlace): string => join(adminFolder(place), 'index')

/** What an admin folder says of where the repository is. */
export const commonFolder = '../..\n'

/** git for a tree: status, log and remotes work in it as in any clone. */
export function gitOfTree(shell: Shell, place: TreePlace): Git {
  return gitIn(shell, { gitDir: adminFolder(place), tree: place.tree })
}

/** Writes what makes a folder a working copy: what `git worktree add` would, without the process. `stands`: where it will stand. */
export function adoptTree(place: TreePlace, commit: string, stands = place.tree): void {
  const admin = adminFolder(place)
  mkdirSync(admin, { recursive: true })
  if (!existsSync(join(admin, 'commondir'))) writeWhole(join(admin, 'commondir'), commonFolder)
  writeWhole(join(admin, 'gitdir'), `${stands}/.git\n`)
  writeWhole(join(admin, 'HEAD'), `${commit}\n`)
  writeWhole(join(place.tree, '.git'), `gitdir: ${admin}\n`)
}

/**
 * Brings a tree to a commit, touching only what differs.
 * `from` is the commit that tree and index stand at, or null for an empty tree. Returns what changed, or null for a whole
 * checkout, and where `listed` is false: one process less while somebody waits. `moved`: tree and index stand there already.
 */
export async function bringTo(
  shell: Shell,
  place: TreePlace,
  from: string | null,
  to: string,
  options: { readonly listed?: boolean; readonly moved?: boolean } = {},
): Promise<readonly Change[] | null> {
  const git = gitOfTree(shell, place)
  if (from === to) return []
  let changes: readonly Change[] | null = null
  if (from !== null && existsSync(indexFile(place))) {
    const [differing, moved] = await Promise.all([
      (options.listed ?? true) ? changesBetween(place, git, from, to) : null,
      options.moved ? null : git.outcome(['read-tree', '-m', '-u', from, to]),
    ])
    changes = differing
    // A file of the tree that was edited under our feet: what was pushed wins.
    if (moved !== null && moved.status !== 0)
      checkedOutput(await git.outcome(['read-tree', '--reset', '-u', to]), ['read-tree'])
  } else {
    checkedOutput(await git.outcome(['read-tree', '--reset', '-u', to]), ['read-tree'])
  }
  if (!options.moved) writeWhole(join(adminFolder(place), 'HEAD'), `${to}\n`)
  return changes
}

/** What differs between two commits, without renames. */
async function changesBetween(
  { projectGit }: TreePlace,
  git: Git,
  from: string,
  to: string,
): Promise<readonly Change[]> {
  const known = looseChanges([join(projectGit, 'objects')], from, to)
  if (known) return known
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', from, to]
  const ended = await git.outcome(args)
  checkedOutput(ended, args)
  const words = namesIn(ended.stdout)
  const changes: Change[] = []
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [oldMode, newMode, , , letter] = (words[at] as string).slice(1).split(' ')
    const kind = letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'changed'
    changes.push({ name: words[at + 1] as FileName, kind, submodule: newMode === '160000' || oldMode === '160000' })
  }
  return changes
}

/** Files of the tree that are not what the index says: edited in place, or gone. */
export async function editedFiles(git: Git): Promise<FileName[]> {
  const args = ['diff-files', '-z', '--name-only', '--ignore-submodules=all']
  const ended = await git.outcome(args)
  checkedOutput(ended, args)
  return namesIn(ended.stdout)
}

/** The branch that a bare repository's HEAD names follows what is deployed, so that a clone of it is not empty. */
export function pointHead(gitDir: string, branch: string): void {
  const head = join(gitDir, 'HEAD')
  const text = `ref: refs/heads/${branch}\n`
  if (readFileSync(head, 'utf8') !== text) writeWhole(head, text)
}
