/** approve: what a first user asked for and a protected project refused is asked for again, in the name of two. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { branchCommit, moveBranch, unmoveBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type ReleaseId, releaseId, shown } from '../kernel/names.ts'
import { currentRelease, type DeploymentRecord, deploymentIds, readRecord } from '../pipeline/history.ts'
import { nameOf } from '../pipeline/numbers.ts'
import { putRequest, type Request } from '../pipeline/queue.ts'
import { localShell } from '../shell/local.ts'
import { openProject, releaseToBegin } from './context.ts'
import { type Begun, releasesNamed } from './deploy.ts'
import type { Asked } from './request.ts'
import type { Caller } from './rights.ts'
import { startRunner } from './start-runner.ts'

/** `wanted`: a release, or the job that was to deploy it; without one it is the newest that waits. Throws APPROVAL_REFUSED, RELEASE_UNKNOWN, JOB_UNKNOWN. */
export async function approve(asked: Asked, caller: Caller, name: string, wanted?: string): Promise<Begun> {
  const layout = await openProject(asked, name)
  const waits = await meantBy(asked, layout, wanted)
  const { record, request } = askedFor(layout, waits)
  const called = record.number === null ? waits : nameOf(record)
  if (record.by === caller.name) throw refusal(`${record.by} asked for ${called}: somebody else has to approve it.`)
  const gitDir = request.kind === 'pillar' ? layout.pillarGit : layout.projectGit
  const tip = record.branch === null ? null : branchCommit(gitDir, record.branch)
  const commit = request.kind === 'pillar' ? record.pillar_commit : record.commit
  const isPush = request.kind === 'push' || request.kind === 'pillar'
  // What was looked at by the second user is what is deployed, on the ground that the first one saw.
  if (record.previous !== currentRelease(layout) || tip !== (isPush ? record.before : commit))
    throw refusal(`Since ${called} was asked for, something else was deployed or pushed.`)
  takeOnce(layout, waits, called, caller)
  const release = releaseToBegin(asked)
  const approved = { ...request, release, approved_by: caller.name }
  if (isPush && record.branch !== null && commit !== null) {
    const { branch, before } = record
    const mark = join(layout.deployments, `moving.${process.pid}`)
    writeFileSync(
      mark,
      `${before ?? '0'.repeat(commit.length)} ${commit} ${request.kind === 'pillar' ? 'pillar' : 'project'} refs/heads/${branch}\n`,
    )
    try {
      if (
        !(await moveBranch(
          localShell,
          gitDir,
          branch,
          commit,
          before ?? '0'.repeat(commit.length),
          `corpus: approved by ${caller.name}`,
        ))
      ) {
        rmSync(approvedMark(layout, waits), { force: true })
        throw refusal(`${branch} was moved meanwhile.`)
      }
      try {
        putRequest(layout, approved)
      } catch (error) {
        await unmoveBranch(localShell, gitDir, { branch, refused: commit, before }, 'corpus: it could not be asked for')
        throw error
      }
    } finally {
      rmSync(mark, { force: true })
    }
  } else putRequest(layout, approved)
  await startRunner(asked, layout)
  return { layout, release }
}

const refusal = (sentence: string): CorpusError => new CorpusError('APPROVAL_REFUSED', sentence)

async function meantBy(asked: Asked, layout: ProjectLayout, wanted: string | undefined): Promise<ReleaseId> {
  const ids = deploymentIds(layout).filter(id => isWaiting(layout, id))
  if (wanted === undefined) {
    const [newest] = ids
    if (newest === undefined) throw refusal(`Nothing of ${layout.name} waits for an approval.`)
    return newest
  }
  const [only, other] = releasesNamed(layout, wanted, ids)
  if (only !== undefined && other === undefined) return only
  const ofJob = await releaseOfJob(asked, layout, wanted)
  if (ofJob !== undefined && ids.includes(ofJob)) return ofJob
  throw refusal(`${shown(wanted)} is nothing of ${layout.name} that waits for an approval.`)
}

/** What the job with that id began, where there is such a job of this project. */
async function releaseOfJob(asked: Asked, layout: ProjectLayout, id: string): Promise<ReleaseId | undefined> {
  const { jobEvents, jobNamed } = await import('./jobs.ts')
  try {
    if ((await jobNamed(asked, id)).project !== layout.name) return undefined
    const { events } = await jobEvents(asked, id, 0, false)
    const { release } = (events[0]?.event ?? {}) as { readonly release?: unknown }
    return typeof release === 'string' ? releaseId(release) : undefined
  } catch (error) {
    if (error instanceof CorpusError && ['JOB_UNKNOWN', 'USAGE'].includes(error.code)) return undefined
    throw error
  }
}

const isWaiting = (layout: ProjectLayout, id: ReleaseId): boolean =>
  readRecord(layout, id)?.fault?.code === 'APPROVAL_NEEDED' && textIfThere(approvedMark(layout, id)) === undefined

function askedFor(
  layout: ProjectLayout,
  id: ReleaseId,
): { readonly record: DeploymentRecord; readonly request: Request } {
  const record = readRecord(layout, id)
  const text = textIfThere(layout.deployment(id).request)
  if (record === undefined || text === undefined) throw refusal(`What ${id} was asked for is not known any more.`)
  return { record, request: JSON.parse(text) as Request }
}

const approvedMark = (layout: ProjectLayout, id: ReleaseId): string => join(layout.deployment(id).folder, 'approved')

/** Of two who approve at once, one does. */
function takeOnce(layout: ProjectLayout, id: ReleaseId, called: string, caller: Caller): void {
  try {
    writeFileSync(approvedMark(layout, id), `${caller.name}\n`, { flag: 'wx', mode: 0o640 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw refusal(`${called} was approved already.`)
    throw error
  }
}
