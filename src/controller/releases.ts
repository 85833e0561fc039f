/** The releases of a project, newest first. */
import { existsSync, readdirSync } from 'node:fs'
import { bundlingOf } from '../artifacts/bundling.ts'
import type { CommitLine } from '../git/porcelain.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { DeploymentRecord } from '../pipeline/history.ts'
import { currentRelease, keptReleases, readHistory } from '../pipeline/history.ts'
import { type Context, openProject } from './context.ts'
import { isUsable, releaseKinds } from './deploy.ts'
import { fromIndex, paysOff } from './indexed.ts'

export interface ReleaseRow {
  readonly release: string
  /** `v12`; null for releases of an older corpus. */
  readonly name: string | null
  readonly status: DeploymentRecord['status']
  /** In cooking: its archive is on its way behind the verdict, or that failed; null where it is there, or none is made. */
  readonly bundle: 'bundling' | 'failed' | null
  readonly commit: string | null
  readonly subject: string | null
  /** Who wrote the commit; null where it is not kept any more. */
  readonly author: string | null
  /** Tags that name the commit. */
  readonly tags: readonly string[]
  readonly pillar_commit: string | null
  readonly by: string
  readonly started_at: string
  readonly seconds: number | null
  readonly current: boolean
  /** Its tree is there, and it can be gone back to. */
  readonly kept: boolean
}

export async function releases(context: Context, name: string): Promise<ReleaseRow[]> {
  const layout = await openProject(context, name)
  const current = currentRelease(layout)
  const kept = new Set(keptReleases(layout).filter(release => isUsable(layout, release)))
  const bundles = bundlesOf(layout)
  const history = paysOff([layout])
    ? await fromIndex(context, (index, store) => index.historyOf(store, layout))
    : undefined
  const records = (history ?? readHistory(layout)).filter(isRelease)
  const lines = await authorsOf(layout, records)
  return records.map(record => {
    const line = lines.get(record.commit ?? '')
    return {
      release: record.release,
      name: record.number ? `v${record.number}` : null,
      status: record.status,
      bundle: bundles.has(record.release) ? (bundlingOf(layout.bundle(record.release))?.state ?? null) : null,
      commit: record.commit,
      subject: record.subject ?? line?.subject ?? null,
      author: line?.author ?? null,
      tags: line?.tags ?? [],
      pillar_commit: record.pillar_commit,
      by: record.by,
      started_at: record.started_at,
      seconds: record.seconds,
      current: record.release === current,
      kept: kept.has(record.release),
    }
  })
}

/** An ornament: a repository that is damaged or gone takes nobody the list of what can be gone back to. */
async function authorsOf(
  layout: ProjectLayout,
  records: readonly Pick<DeploymentRecord, 'commit'>[],
): Promise<ReadonlyMap<string, CommitLine>> {
  const { commitLines } = await import('../git/porcelain.ts')
  const commits = records.flatMap(({ commit }) => (commit === null ? [] : [commit]))
  return commitLines(layout.projectGit, commits).catch(() => new Map())
}

/** Few of many releases have an archive. */
function bundlesOf(layout: ProjectLayout): ReadonlySet<string> {
  return new Set(existsSync(layout.bundles) ? readdirSync(layout.bundles) : [])
}

/** Plans and single procedures make no release; a pillar that was only stored neither. */
const isRelease = (record: Pick<DeploymentRecord, 'kind' | 'status' | 'tree' | 'mode'>): boolean =>
  releaseKinds.includes(record.kind) &&
  record.status !== 'planned' &&
  !(record.status === 'succeeded' && record.tree === null && record.mode !== 'editable')
