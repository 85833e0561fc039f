/**
 * Deployments as jobs: begun in their project's own line, told of as they go, and taken up again by whoever starts next. The id of a
 * job is that of its deployment; those that nobody asked for by HTTP have no row in the store, and are read from their files.
 */

import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { TObject } from '@sinclair/typebox'
import { CorpusError, faultOf, ToldError } from '../kernel/errors.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { isReleaseId, projectName, type ReleaseId, releaseId, shown } from '../kernel/names.ts'
import { processStat } from '../kernel/process-stat.ts'
import { newRelease } from '../kernel/release.ts'
import { type DeploymentRecord, readRecord } from '../pipeline/history.ts'
import type { Claim, Ending, Job } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import { projectNames } from './context.ts'
import type { Begun } from './deploy.ts'
import { mayDo, onProject } from './may-do.ts'
import { withStore } from './people.ts'
import { type JobTold, newestPushed, progressOf, pushedEvents, pushedJob, pushedNamed } from './pushed-jobs.ts'
import type { Asked } from './request.ts'
import type { JobDeclaration } from './requests/job.ts'
import type { Caller } from './rights.ts'

/** A job as it is told of. */
const jobTold = (job: Job): JobTold => ({
  id: job.id,
  request: job.request,
  project: job.project,
  state: job.state,
  progress: job.progress,
  error: job.error,
  by: job.caller,
  from: job.from,
  created_at: job.createdAt,
  started_at: job.startedAt,
  ended_at: job.endedAt,
  events: job.events,
})

export interface JobAsked {
  readonly request: string
  readonly begin: JobDeclaration<TObject>['begin']
  readonly params: Readonly<Record<string, unknown>>
  readonly from: string
  readonly idempotency?: { readonly key: string; readonly digest: string }
}

/** Answers as soon as it is written down; asked again with the same key, it is the same job. Throws IDEMPOTENCY_REUSED. */
export async function startJob(asked: Asked, store: Store, caller: Caller, wanted: JobAsked): Promise<Job> {
  const { addJob, claimJob } = await import('../store/jobs.ts')
  const { request, begin, params, from, idempotency } = wanted
  const project = typeof params['name'] === 'string' ? params['name'] : null
  const id = newRelease()
  const { job, isNew } = await addJob(store, {
    id,
    request,
    project,
    input: null,
    caller: caller.name,
    from,
    resumable: true,
    ...(idempotency ? { idempotency } : {}),
  })
  if (!isNew) return job
  const claim = await claimJob(store, ownName(), { id: job.id })
  if (claim === undefined) return job
  // Whoever asked is answered now, and what they do then changes nothing of it.
  const { signal: _, tell: __, warn: ___, after: ____, ...own } = asked
  void carryOut(own, store, claim, async () => {
    const begun = await begin({ ...own, release: id }, params, caller)
    // Whoever looks for the job looks for its deployment.
    if (begun.release !== id) throw new Error(`${request} began ${begun.release} in place of ${id}`)
    return begun
  })
  return claim.job
}

/** What died with the process that held it is followed on: deployments have runners of their own. Answers how many were taken up. */
export async function resumeJobs(asked: Asked, store: Store): Promise<number> {
  const { claimJob, takeOver } = await import('../store/jobs.ts')
  const error = faultOf(new CorpusError('INTERRUPTED', 'Whoever ran the job was ended.'))
  const here = `${hostname()} `
  const dead = await takeOver(store, { silentMilliseconds: 0, isDead: by => by.startsWith(here) && !lives(by), error })
  const silent = await takeOver(store, { silentMilliseconds: 30_000, isDead: by => !by.startsWith(here), error })
  for (const job of [...dead, ...silent].filter(one => one.state === 'queued')) {
    const claim = await claimJob(store, ownName(), { id: job.id })
    if (claim !== undefined) void carryOut(asked, store, claim, () => begunBefore(asked, claim.job))
  }
  return dead.length + silent.length
}

/** This process, as no other is called: what it held is told from what lives. */
export const ownName = (): string => `${hostname()} ${process.pid} ${startOf(process.pid)}`
function lives(name: string): boolean {
  const [pid, start] = name.split(' ').slice(-2)
  return startOf(Number(pid)) === start
}
const startOf = (pid: number): string => processStat(pid)?.startedTicks ?? ''

async function begunBefore(asked: Asked, job: Job): Promise<Begun> {
  const begun = deploymentOf(asked, job)
  if (begun === undefined)
    throw new CorpusError('INTERRUPTED', 'Whoever ran the job was ended before the deployment was in its line.')
  return begun
}

/** Undefined before it is in its line, and once it is forgotten. */
function deploymentOf({ root }: Asked, { id, project }: Pick<Job, 'id' | 'project'>): Begun | undefined {
  if (project === null || !isReleaseId(id)) return undefined
  const layout = projectLayout(root, projectName(project))
  const isThere = existsSync(join(layout.queue, id)) || existsSync(layout.deployment(releaseId(id)).folder)
  return isThere ? { layout, release: releaseId(id) } : undefined
}

/** From the line of the project to the end of the job. Never throws. */
async function carryOut(asked: Asked, store: Store, claim: Claim, begin: () => Promise<Begun>): Promise<void> {
  const { endJob } = await import('../store/jobs.ts')
  let ending: Ending
  try {
    const { layout, release } = await begin()
    ending = await followed(asked, store, claim, layout, release)
  } catch (error) {
    const state = error instanceof CorpusError && error.code === 'INTERRUPTED' ? 'interrupted' : 'failed'
    ending = { state, error: faultOf(error, claim.job.project ?? undefined) }
  }
  // Lost to another, or the store is gone: whoever starts next finds it as it stands.
  await endJob(store, claim, ending).catch(() => {})
}

const lookMilliseconds = 150
const beatMilliseconds = 1000

async function followed(
  asked: Asked,
  store: Store,
  claim: Claim,
  layout: ProjectLayout,
  release: ReleaseId,
): Promise<Ending> {
  const [{ appendEvents }, { beat, progressTo }, { follow }, { eventReader }, { cancelRelease }] = await Promise.all([
    import('../store/events.ts'),
    import('../store/jobs.ts'),
    import('./follow.ts'),
    import('./logs.ts'),
    import('./cancel.ts'),
  ])
  const { id, events: before } = claim.job
  if (before === 0) await appendEvents(store, id, [{ type: 'begun', project: layout.name, release }])
  // What whoever held the job before has told already.
  let skipped = Math.max(0, before - 1)
  const news = eventReader(layout, release)
  const done = new Set<string>()
  let isOver = false
  const verdict = follow(asked, layout, release, () => {}).finally(() => {
    isOver = true
  })
  verdict.catch(() => {})
  let beaten = 0
  let isCancelled = false
  for (;;) {
    // Asked before: what was told until the end is read after it.
    const wasOver = isOver
    const events = news()
    for (const one of events) if (one.type === 'procedure' && one.phase !== 'begin') done.add(one.procedure)
    const untold = events.slice(skipped)
    skipped = Math.max(0, skipped - events.length)
    if (untold.length > 0) {
      await appendEvents(store, id, untold)
      await progressTo(store, claim, progressOf(done.size))
    }
    if (wasOver) break
    if (Date.now() - beaten > beatMilliseconds) {
      beaten = Date.now()
      const { cancelAskedBy } = await beat(store, claim)
      if (cancelAskedBy !== null && !isCancelled) {
        isCancelled = true
        await cancelRelease(asked, layout, release)
      }
    }
    await new Promise(resolve => setTimeout(resolve, lookMilliseconds))
  }
  const { status, state } = await verdict
  const record = readRecord(layout, release)
  if (status === 0) return { state: 'succeeded', answer: record ?? null }
  const wasCancelled = state.includes('cancelled') || record?.status === 'cancelled'
  const code = wasCancelled ? 'DEPLOYMENT_CANCELLED' : 'DEPLOYMENT_FAILED'
  const sentence = `The deployment of ${layout.name} ${wasCancelled ? 'was cancelled' : 'failed'}.`
  const error = record?.fault ?? faultOf(new CorpusError(code, sentence), layout.name)
  return { state: wasCancelled ? 'cancelled' : 'failed', error }
}

/** Throws JOB_UNKNOWN. */
export async function jobNamed(asked: Asked, id: string): Promise<JobTold> {
  return withStore(asked, async store => {
    const job = await jobThere(store, id)
    return job === undefined ? pushedJob(pushedOf(asked, id)) : jobTold(job)
  })
}

/** The project of a job. Throws JOB_UNKNOWN. */
export async function projectOfJob(asked: Asked, store: Store, id: string): Promise<string | null> {
  const job = await jobThere(store, id)
  return job === undefined ? pushedOf(asked, id).layout.name : job.project
}

/** Undefined where the store has none of that id. */
async function jobThere(store: Store, id: string): Promise<Job | undefined> {
  const { jobOfId } = await import('../store/jobs.ts')
  try {
    return await jobOfId(store, id)
  } catch (error) {
    if (error instanceof CorpusError && error.code === 'JOB_UNKNOWN') return undefined
    throw error
  }
}

/** Throws JOB_UNKNOWN. */
function pushedOf(asked: Asked, id: string): Begun {
  const found = pushedNamed(asked, id)
  if (found === undefined) throw new CorpusError('JOB_UNKNOWN', `There is no job ${shown(id)}.`)
  return found
}

/** Those of projects that the caller sees, the newest first. Throws JOB_UNKNOWN. */
export async function jobsSeen(
  asked: Asked,
  caller: Caller,
  wanted: {
    readonly project?: string | undefined
    readonly before?: string | undefined
    readonly limit?: number | undefined
  },
): Promise<JobTold[]> {
  const { listJobs, knownIds } = await import('../store/jobs.ts')
  const { project, before: behind, limit = 100 } = wanted
  const sees = (name: string) => mayDo(caller, 'see', onProject(name))
  return withStore(asked, async store => {
    const last = behind === undefined ? undefined : await jobSeen(asked, store, behind, sees)
    const isBehind = (job: Pick<JobTold, 'id' | 'created_at'>) => last === undefined || byAge(last, job) < 0
    const seen: JobTold[] = []
    let before: number | undefined
    while (seen.length < limit) {
      const page = await listJobs(store, {
        ...(project === undefined ? {} : { project }),
        ...(before === undefined ? {} : { before }),
      })
      seen.push(...page.map(jobTold).filter(job => sees(job.project ?? '') && isBehind(job)))
      before = page.at(-1)?.number
      if (before === undefined) break
    }
    const names = projectNames(asked).filter(name => (project === undefined || name === project) && sees(name))
    const pushed = await newestPushed(asked, names, { limit, isWanted: isBehind, known: ids => knownIds(store, ids) })
    return [...seen, ...pushed].sort(byAge).slice(0, limit)
  })
}

/** The newest first. */
const byAge = (a: Pick<JobTold, 'id' | 'created_at'>, b: Pick<JobTold, 'id' | 'created_at'>): number =>
  b.created_at - a.created_at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

/** Throws JOB_UNKNOWN, also where it may not be seen. */
async function jobSeen(asked: Asked, store: Store, id: string, sees: (name: string) => boolean): Promise<JobTold> {
  const stored = await jobThere(store, id)
  const job = stored === undefined ? pushedJob(pushedOf(asked, id)) : jobTold(stored)
  if (!sees(job.project ?? '')) throw new CorpusError('JOB_UNKNOWN', `There is no job ${shown(id)}.`)
  return job
}

/** Stops it within seconds, and lets it go back. Throws JOB_UNKNOWN, JOB_ENDED. */
export async function cancelJob(asked: Asked, caller: Caller, id: string): Promise<JobTold> {
  const [{ askCancel }, { cancelRelease }] = await Promise.all([import('../store/jobs.ts'), import('./cancel.ts')])
  return withStore(asked, async store => {
    if ((await jobThere(store, id)) !== undefined) return jobTold(await askCancel(store, id, caller.name))
    const pushed = pushedOf(asked, id)
    const { state } = pushedJob(pushed)
    if (state !== 'queued' && state !== 'running') throw new CorpusError('JOB_ENDED', `The job ${id} has ${state}.`)
    await cancelRelease(asked, pushed.layout, pushed.release)
    return pushedJob(pushed)
  })
}

/** Tells of its log until it ends; answers how it ended. Throws JOB_UNKNOWN, and what it ended with where it never began. */
export async function followJob(asked: Asked, id: string): Promise<DeploymentRecord | null> {
  const { followTold } = await import('./follow.ts')
  const begun = await withStore(asked, async store => {
    for (;;) {
      const job = await jobThere(store, id)
      const there = job === undefined ? pushedOf(asked, id) : deploymentOf(asked, job)
      if (there !== undefined) return there
      if (job?.error) throw new ToldError(job.error)
      if (job === undefined || job.endedAt !== null || job.project === null)
        throw new CorpusError('JOB_ENDED', `The job ${id} has ${job?.state ?? 'ended'}, and its log is not kept.`)
      if (asked.signal?.aborted === true) throw new CorpusError('FOLLOWER_LEFT', `The job ${id} goes on.`)
      await new Promise(resolve => setTimeout(resolve, lookMilliseconds))
    }
  })
  await followTold(asked, begun.layout, begun.release)
  return readRecord(begun.layout, begun.release) ?? null
}

const waitMilliseconds = 10_000
const followMilliseconds = 50

/** Events from an offset on; with `wait`, once there are some or the job has ended. Throws JOB_UNKNOWN. */
export async function jobEvents(asked: Asked, id: string, from: number, wait: boolean) {
  const [{ eventsFrom }, { hasEnded, jobOfId }] = await Promise.all([
    import('../store/events.ts'),
    import('../store/jobs.ts'),
  ])
  return withStore(asked, async store => {
    const end = Date.now() + waitMilliseconds
    const pushed = (await jobThere(store, id)) === undefined ? pushedOf(asked, id) : undefined
    const look = async () => (pushed === undefined ? jobTold(await jobOfId(store, id)) : pushedJob(pushed))
    let job = await look()
    const isNothingNew = () => job.events <= from && !hasEnded(job)
    while (wait && isNothingNew() && Date.now() < end && asked.signal?.aborted !== true) job = await nextLook(id, look)
    const events = pushed === undefined ? await eventsFrom(store, id, from, 500) : pushedEvents(pushed, from, 500)
    return { events, job, ended: hasEnded(job) && from + events.length >= job.events }
  })
}

/** However many follow a job, the store is asked once each time. */
const looks = new Map<string, Promise<JobTold>>()

function nextLook(id: string, look: () => Promise<JobTold>): Promise<JobTold> {
  const shared = looks.get(id)
  if (shared !== undefined) return shared
  const next = new Promise(resolve => setTimeout(resolve, followMilliseconds)).then(() => {
    looks.delete(id)
    return look()
  })
  looks.set(id, next)
  return next
}
