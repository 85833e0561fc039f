/** A project's tree as root reads it: its files without following what stands in them, and the state files that root runs. */
import { basename, join } from 'node:path'
import { linkIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { isReleaseId, type ReleaseId } from '../kernel/names.ts'
import { folderFiles, type TreeFiles } from '../kernel/tree-files.ts'
import { treeOf } from '../pipeline/history.ts'
import { saltOfRelease } from './salt-place.ts'

export interface ProjectTree {
  readonly files: TreeFiles
  /** The folder of its state files. Of a release: root's own. */
  readonly salt: string
}

/** A tree that stands in a folder with its state files in it: a developer's own, or one that is tried. */
export const folderTree = (folder: string): ProjectTree => ({
  files: folderFiles(folder),
  salt: join(folder, '.salt'),
})

export function treeOfRelease(layout: ProjectLayout, release: ReleaseId): ProjectTree {
  const tree = treeOf(layout, release)
  return { files: folderFiles(layout.tree(tree)), salt: saltOfRelease(layout, tree) }
}

/** The release whose tree `project` names; null where that is the editable tree, or nothing. */
export function releaseOfProject(layout: ProjectLayout): ReleaseId | null {
  const target = linkIfThere(layout.project)
  if (!target?.startsWith(`${layout.archived}/`)) return null
  const name = basename(target.slice(0, -'/project'.length))
  return isReleaseId(name) ? name : null
}

/** The tree that `project` names. */
export function treeInUse(layout: ProjectLayout): ProjectTree {
  const release = releaseOfProject(layout)
  return release === null ? folderTree(layout.editableTree) : treeOfRelease(layout, release)
}
