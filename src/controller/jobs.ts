/** Deployments as jobs of the store: begun in their project's own line, told of as they go, and taken up again by whoever starts next. */

import { hostname } from 'node:os'
import type { TObject } from '@sinclair/typebox'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { projectName, type ReleaseId, releaseId, shown } from '../kernel/names.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { processStat } from '../kernel/process-stat.ts'
import { readRecord } from '../pipeline/history.ts'
import type { Claim, Ending, Job } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import type { Begun } from './deploy.ts'
import { mayDo, onProject } from './may-do.ts'
import { withStore } from './people.ts'
import type { Asked } from './request.ts'
import type { JobDeclaration } from './requests/job.ts'
import type { Caller } from './rights.ts'

/** A job as it is told of. */
const jobTold = (job: Job) => ({
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
  const { job, isNew } = await addJob(store, {
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
  void carryOut(asked, store, claim, () => begin(asked, params, caller))
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
    if (claim !== undefined) void carryOut(asked, store, claim, () => begunBefore(asked, store, claim.job))
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

async function begunBefore(asked: Asked, store: Store, job: Job): Promise<Begun> {
  const { eventsFrom } = await import('../store/events.ts')
  const [first] = await eventsFrom(store, job.id, 0, 1)
  const release = (first?.event as { readonly release?: unknown } | undefined)?.release
  if (typeof release !== 'string' || job.project === null)
    throw new CorpusError('INTERRUPTED', 'Whoever ran the job was ended before the deployment was in its line.')
  return { layout: projectLayout(asked.root, projectName(job.project)), release: releaseId(release) }
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

/** Of all procedures, those that have come to their end. */
const progressOf = (ended: number): number => Math.min(99, (100 * ended) / procedureNames.length)

/** Throws JOB_UNKNOWN. */
export async function jobNamed(asked: Asked, id: string) {
  const { jobOfId } = await import('../store/jobs.ts')
  return withStore(asked, async store => jobTold(await jobOfId(store, id)))
}

/** Those of projects that the caller sees. Throws JOB_UNKNOWN. */
export async function jobsSeen(
  asked: Asked,
  caller: Caller,
  wanted: {
    readonly project?: string | undefined
    readonly before?: string | undefined
    readonly limit?: number | undefined
  },
) {
  const { jobOfId, listJobs } = await import('../store/jobs.ts')
  const { project, before: behind, limit = 100 } = wanted
  const isSeen = (job: Job) => mayDo(caller, 'see', onProject(job.project ?? ''))
  return withStore(asked, async store => {
    const seen: Job[] = []
    const last = behind === undefined ? undefined : await jobOfId(store, behind)
    if (last !== undefined && !isSeen(last))
      throw new CorpusError('JOB_UNKNOWN', `There is no job ${shown(behind ?? '')}.`)
    let before = last?.number
    while (seen.length < limit) {
      const page = await listJobs(store, {
        ...(project === undefined ? {} : { project }),
        ...(before === undefined ? {} : { before }),
      })
      seen.push(...page.filter(isSeen))
      before = page.at(-1)?.number
      if (before === undefined) break
    }
    return seen.slice(0, limit).map(jobTold)
  })
}

/** Stops it within seconds, and lets it go back. Throws JOB_UNKNOWN, JOB_ENDED. */
export async function cancelJob(asked: Asked, caller: Caller, id: string) {
  const { askCancel } = await import('../store/jobs.ts')
  return withStore(asked, async store => jobTold(await askCancel(store, id, caller.name)))
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
    let job = await jobOfId(store, id)
    const isNothingNew = () => job.events <= from && !hasEnded(job)
    while (wait && isNothingNew() && Date.now() < end && asked.signal?.aborted !== true)
      job = await nextLook(id, () => jobOfId(store, id))
    const events = await eventsFrom(store, id, from, 500)
    return { events, job: jobTold(job), ended: hasEnded(job) && from + events.length >= job.events }
  })
}

/** However many follow a job, the store is asked once each time. */
const looks = new Map<string, Promise<Job>>()

function nextLook(id: string, look: () => Promise<Job>): Promise<Job> {
  const shared = looks.get(id)
  if (shared !== undefined) return shared
  const next = new Promise(resolve => setTimeout(resolve, followMilliseconds)).then(() => {
    looks.delete(id)
    return look()
  })
  looks.set(id, next)
  return next
}
