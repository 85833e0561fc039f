/** Where the state files stand that root runs: a folder for each content, and a link to one for each release. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { linkIfThere, linkWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'

/** The state files of a release that has a tree of its own, as a folder and no link. It is not there before `linkSalt`. */
export function saltOfRelease(layout: ProjectLayout, release: ReleaseId): string {
  const target = linkIfThere(layout.saltOf(release))
  return target === undefined ? layout.saltOf(release) : join(dirname(layout.saltOf(release)), target)
}

/**
 * The state files that other projects may include, as `makina-projects.NAME`: those of the release that is worked on, none
 * where there is none.
 */
export function pointSalt(layout: ProjectLayout, release: ReleaseId | null): void {
  const folder = join(layout.own, 'salt')
  const link = join(folder, 'current')
  const target = release ?? emptySalt(layout).slice(folder.length + 1)
  if (linkIfThere(link) !== target) linkWhole(target, link)
}

/** `id`: of git's tree, or `none`. */
export const saltOfContent = (layout: ProjectLayout, id: string): string => join(layout.own, 'salt', '.of', id, '.salt')

export function emptySalt(layout: ProjectLayout): string {
  const folder = saltOfContent(layout, 'none')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
