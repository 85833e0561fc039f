/** The history of a project: one record for each deployment, a file of its own, written by rename. */
import { existsSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import type { EndState, Fault } from '../kernel/events.ts'
import { jsonIfThere, linkIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { isReleaseId, type ReleaseId, releaseId } from '../kernel/names.ts'
import { byOrder } from './numbers.ts'
import type { RequestKind } from './queue.ts'

export interface DeploymentRecord {
  readonly release: ReleaseId
  /** Its place among all deployments of the project, in the order in which they began. */
  readonly sequence?: number
  /** `v12` is the twelfth that was to make a release; null for one that makes none. */
  readonly number?: number | null
  readonly kind: RequestKind
  readonly mode: string
  readonly status: EndState | 'running'
  readonly commit: string | null
  /** The first line of what was said of the commit. */
  readonly subject?: string | null
  readonly pillar_commit: string | null
  readonly by: string
  readonly started_at: string
  readonly seconds: number | null
  /** The release that ran before, to which a failure goes back. */
  readonly previous: ReleaseId | null
  /** The release whose tree this one runs: its own, unless only the pillar changed. */
  readonly tree: ReleaseId | null
  readonly branch: string | null
  /** What the branch was before the push. */
  readonly before: string | null
  /** A rollback's goal. */
  readonly target?: ReleaseId
  readonly procedures: readonly { readonly name: string; readonly milliseconds: number }[]
  readonly fault?: Fault
  readonly url: string | null
}

export function writeRecord(layout: ProjectLayout, record: DeploymentRecord, durable = false): void {
  writeWhole(layout.deployment(record.release).record, `${JSON.stringify(record, null, 1)}\n`, { durable, mode: 0o640 })
}

export function readRecord(layout: ProjectLayout, release: ReleaseId): DeploymentRecord | undefined {
  try {
    return jsonIfThere<DeploymentRecord>(layout.deployment(release).record)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Every deployment that has a record, newest first, whatever the clock said. */
export function readHistory(layout: ProjectLayout): DeploymentRecord[] {
  return deploymentIds(layout)
    .map(release => readRecord(layout, release))
    .filter(record => record !== undefined)
    .sort(byOrder)
}

/** Ids of deployments, newest first, with or without a record. */
export function deploymentIds(layout: ProjectLayout): ReleaseId[] {
  if (!existsSync(layout.deployments)) return []
  return readdirSync(layout.deployments).filter(isReleaseId).sort().reverse()
}

/** The release that serves, or null before the first. */
export function currentRelease(layout: ProjectLayout): ReleaseId | null {
  const target = linkIfThere(layout.current)
  return target === undefined ? null : releaseId(basename(target))
}

/** The release that serves, as its record has it. */
export function runningRelease(layout: ProjectLayout): DeploymentRecord | null {
  const current = currentRelease(layout)
  return current === null ? null : (readRecord(layout, current) ?? null)
}

/** The release whose tree a release runs. */
export function treeOf(layout: ProjectLayout, release: ReleaseId): ReleaseId {
  const name = basename(linkIfThere(layout.tree(release))?.replace(/\/project$/, '') ?? '')
  return isReleaseId(name) ? name : release
}

/** Releases that are kept whole, newest first: those that can be gone back to. */
export function keptReleases(layout: ProjectLayout): ReleaseId[] {
  if (!existsSync(layout.archived)) return []
  return readdirSync(layout.archived).filter(isReleaseId).sort().reverse()
}
