/** Which commit a release's tree is of: kept beside the tree, and told to what runs in it. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gitIn } from '../git/git.ts'
import { jsonIfThere, textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { isReleaseId, type ReleaseId } from '../kernel/names.ts'
import { type Shell, textOf } from '../shell/shell.ts'

interface Source {
  readonly commit: string
  /** The newest tag of the commit, or null. */
  readonly tag: string | null
}

export async function keepSource(
  layout: ProjectLayout,
  release: ReleaseId,
  commit: string,
  shell: Shell,
): Promise<void> {
  const source: Source = { commit, tag: hasTags(layout.projectGit) ? await tagOf(layout, commit, shell) : null }
  writeWhole(sourceFile(layout, release), `${JSON.stringify(source)}\n`)
}

/**
 * CORPUS_RELEASE, CORPUS_COMMIT and CORPUS_TAG of the release that a tree was made for; and git takes that tree, which is root's
 * installation and another's account, for one that it may read.
 */
export function sourceVariables(layout: ProjectLayout, tree: string): Record<string, string> {
  const release = releaseOfTree(layout, tree)
  const source = release === null ? undefined : jsonIfThere<Source>(sourceFile(layout, release))
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: topOf(layout, tree),
    ...(release === null ? {} : { CORPUS_RELEASE: release }),
    ...(source ? { CORPUS_COMMIT: source.commit } : {}),
    ...(source?.tag ? { CORPUS_TAG: source.tag } : {}),
  }
}

/** Whether what runs in the tree of one release is told the same tag as what runs in that of another; a tag may come late. */
export function isSameTag(layout: ProjectLayout, one: ReleaseId | null | undefined, other: ReleaseId): boolean {
  const tag = (release: ReleaseId) => jsonIfThere<Source>(sourceFile(layout, release))?.tag ?? null
  return !one || tag(one) === tag(other)
}

/** The top of the tree in which an application's folder stands. */
export function topOf(layout: ProjectLayout, folder: string): string {
  const release = releaseOfTree(layout, folder)
  if (release !== null) return layout.tree(release)
  return folder.startsWith(`${layout.editableTree}/`) ? layout.editableTree : folder
}

/** The release in whose tree a folder is, or null. */
export function releaseOfTree(layout: ProjectLayout, folder: string): ReleaseId | null {
  if (!folder.startsWith(`${layout.archived}/`)) return null
  const name = folder.slice(layout.archived.length + 1).split('/')[0] ?? ''
  return isReleaseId(name) ? name : null
}

const sourceFile = (layout: ProjectLayout, release: ReleaseId): string => join(layout.release(release), 'source.json')

/** Most projects have none, and then git need not be asked. */
function hasTags(gitDir: string): boolean {
  const tags = join(gitDir, 'refs', 'tags')
  if (existsSync(tags) && readdirSync(tags).length > 0) return true
  return textIfThere(join(gitDir, 'packed-refs'))?.includes(' refs/tags/') ?? false
}

async function tagOf({ projectGit }: ProjectLayout, commit: string, shell: Shell): Promise<string | null> {
  const args = [
    'for-each-ref', '--count=1', `--points-at=${commit}`, '--sort=-creatordate', '--format=%(refname:strip=2)', 'refs/tags',
  ] // biome-ignore format: a command line
  const ended = await gitIn(shell, { gitDir: projectGit }).outcome(args)
  const tag = textOf(ended.stdout).trim()
  return ended.status === 0 && tag !== '' ? tag : null
}
