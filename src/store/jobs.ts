/**
 * Jobs: what was asked for and takes its time.
 *
 *     queued ──claimed──▸ running ──▸ succeeded | failed | cancelled
 *       │                  │  ▲
 *       └─▸ cancelled      │  └─ its controller died: queued again where it can be resumed, else ─▸ interrupted
 *
 * A claim is held by what beats; who lost it can change nothing of the job any more.
 */
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { CorpusError } from '../kernel/errors.ts'
import type { Fault } from '../kernel/events.ts'
import { shown } from '../kernel/names.ts'
import { isTaken } from './faults.ts'
import type { Change, Queries, Store } from './store.ts'
import type { JobState, JobTable } from './tables.ts'
import { fromJson, kept, keptOrNull } from './text.ts'

export interface Job {
  readonly id: string
  readonly number: number
  /** The name of the declared request, and what it was asked with. */
  readonly request: string
  readonly project: string | null
  readonly input: unknown
  readonly caller: string
  readonly from: string
  readonly state: JobState
  /** 0 to 100; never falls. */
  readonly progress: number
  readonly error: Fault | null
  readonly answer: unknown
  /** Milliseconds since 1970, by the store's clock. */
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly claimedBy: string | null
  /** How often it was begun. */
  readonly attempts: number
  readonly resumable: boolean
  readonly cancelAskedBy: string | null
  /** How many events it has. */
  readonly events: number
}

export interface NewJob {
  readonly request: string
  readonly project?: string | null
  readonly input: unknown
  readonly caller: string
  readonly from: string
  /** Its id, where something of the same name is made; default: a fresh one. */
  readonly id?: string
  /** Whether it may be begun a second time when its controller died. */
  readonly resumable?: boolean
  /** Of one caller, the same key is the same job; with another digest of what was asked it is refused. */
  readonly idempotency?: { readonly key: string; readonly digest: string }
}

/** What a controller holds while it runs a job. */
export interface Claim {
  readonly job: Job
  readonly secret: string
}

const ended: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'interrupted']
export const hasEnded = (job: Pick<Job, 'state'>): boolean => ended.includes(job.state)

/** The job, and whether it is a new one. Throws IDEMPOTENCY_REUSED. */
export async function addJob(store: Store, job: NewJob): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  const row = {
    id: job.id ?? randomUUID(),
    request: kept(job.request),
    project: keptOrNull(job.project),
    input: JSON.stringify(job.input ?? null),
    caller: kept(job.caller),
    came_from: kept(job.from),
    state: 'queued' as const,
    progress: 0,
    created_at: store.clock,
    attempts: 0,
    resumable: job.resumable === true ? 1 : 0,
    events: 0,
    idempotency_key: keptOrNull(job.idempotency?.key),
    idempotency_digest: keptOrNull(job.idempotency?.digest),
  }
  try {
    const made = await store.change(change =>
      change.insertInto('jobs').values(row).returningAll().executeTakeFirstOrThrow(),
    )
    return { job: jobOf(made), isNew: true }
  } catch (error) {
    const there = job.idempotency && isTaken(error) ? await jobOfKey(store, row.caller, row.idempotency_key) : undefined
    if (there === undefined) throw error
    if (there.idempotency_digest !== row.idempotency_digest)
      throw new CorpusError(
        'IDEMPOTENCY_REUSED',
        `The key ${shown(job.idempotency?.key ?? '')} was used for another request.`,
      )
    return { job: jobOf(there), isNew: false }
  }
}

const jobOfKey = (store: Store, caller: string, key: string | null): Promise<Selectable<JobTable> | undefined> =>
  store.read(queries =>
    queries
      .selectFrom('jobs')
      .selectAll()
      .where('caller', '=', caller)
      .where('idempotency_key', '=', key)
      .executeTakeFirst(),
  )

/** Throws JOB_UNKNOWN. */
export async function jobOfId(store: Store, id: string): Promise<Job> {
  const row = await store.read(queries =>
    queries.selectFrom('jobs').selectAll().where('id', '=', kept(id)).executeTakeFirst(),
  )
  if (row === undefined) throw unknown(id)
  return jobOf(row)
}

/** Which of these there are. */
export async function knownIds(store: Store, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const some = ids.slice(at, at + idsAtOnce)
    const rows = await store.read(queries => queries.selectFrom('jobs').select('id').where('id', 'in', some).execute())
    for (const { id } of rows) known.add(id)
  }
  return known
}

/** Databases take so many values in one statement. */
const idsAtOnce = 500

export interface JobsWanted {
  readonly states?: readonly JobState[]
  readonly project?: string
  /** Only those with a lower number: the next page. */
  readonly before?: number
  readonly limit?: number
}

/** The newest first. */
export async function listJobs(store: Store, wanted: JobsWanted = {}): Promise<Job[]> {
  const { states, project, before, limit = 100 } = wanted
  const rows = await store.read(queries =>
    queries
      .selectFrom('jobs')
      .selectAll()
      .$if(states !== undefined, query => query.where('state', 'in', states ?? []))
      .$if(project !== undefined, query => query.where('project', '=', project ?? ''))
      .$if(before !== undefined, query => query.where('number', '<', before ?? 0))
      .orderBy('number', 'desc')
      .limit(limit)
      .execute(),
  )
  return rows.map(jobOf)
}

/** The oldest that waits, for this controller alone; undefined where none does. `requests`: which it can run. */
export async function claimJob(
  store: Store,
  by: string,
  options: { readonly requests?: readonly string[]; readonly id?: string } = {},
): Promise<Claim | undefined> {
  const secret = randomUUID()
  const { requests, id } = options
  return store.change(async change => {
    const next = await change
      .selectFrom('jobs')
      .select('number')
      .where('state', '=', 'queued')
      .$if(requests !== undefined, query => query.where('request', 'in', requests ?? []))
      .$if(id !== undefined, query => query.where('id', '=', id ?? ''))
      .orderBy('number')
      .limit(1)
      // On SQLite the whole change has the store for itself.
      .$if(store.kind === 'postgres', query => query.forUpdate().skipLocked())
      .executeTakeFirst()
    if (next === undefined) return undefined
    const row = await change
      .updateTable('jobs')
      .set(eb => ({
        state: 'running',
        claimed_by: kept(by),
        claim: secret,
        heartbeat_at: store.clock,
        started_at: eb.fn.coalesce('started_at', store.clock),
        attempts: eb('attempts', '+', 1),
      }))
      .where('number', '=', next.number)
      .returningAll()
      .executeTakeFirstOrThrow()
    return { job: jobOf(row), secret }
  })
}

/** Says that its controller lives. Answers whether somebody asked to cancel it. Throws JOB_LOST. */
export async function beat(store: Store, claim: Claim): Promise<{ readonly cancelAskedBy: string | null }> {
  const row = await store.change(change =>
    change
      .updateTable('jobs')
      .set({ heartbeat_at: store.clock })
      .where('id', '=', claim.job.id)
      .where('claim', '=', claim.secret)
      .where('state', '=', 'running')
      .returning('cancel_asked_by')
      .executeTakeFirst(),
  )
  if (row === undefined) throw lost(claim)
  return { cancelAskedBy: row.cancel_asked_by }
}

/** Percent; what is less than before changes nothing. Throws JOB_LOST. */
export async function progressTo(store: Store, claim: Claim, percent: number): Promise<void> {
  const whole = Math.max(0, Math.min(100, Math.floor(percent)))
  const row = await store.change(change =>
    change
      .updateTable('jobs')
      .set(eb => ({ progress: eb.case().when('progress', '<', whole).then(whole).else(eb.ref('progress')).end() }))
      .where('id', '=', claim.job.id)
      .where('claim', '=', claim.secret)
      .where('state', '=', 'running')
      .returning('progress')
      .executeTakeFirst(),
  )
  if (row === undefined) throw lost(claim)
}

export type Ending =
  | { readonly state: 'succeeded'; readonly answer: unknown }
  | { readonly state: 'failed' | 'cancelled' | 'interrupted'; readonly error: Fault }

/** Once; what succeeded has all its progress. Throws JOB_LOST. */
export async function endJob(store: Store, claim: Claim, ending: Ending): Promise<Job> {
  const row = await store.change(change =>
    change
      .updateTable('jobs')
      .set({
        state: ending.state,
        ended_at: store.clock,
        claim: null,
        ...(ending.state === 'succeeded'
          ? { answer: JSON.stringify(ending.answer ?? null), progress: 100 }
          : { error: JSON.stringify(ending.error) }),
      })
      .where('id', '=', claim.job.id)
      .where('claim', '=', claim.secret)
      .where('state', '=', 'running')
      .returningAll()
      .executeTakeFirst(),
  )
  if (row === undefined) throw lost(claim)
  return jobOf(row)
}

/** What waits is cancelled at once; what runs is told with its next heartbeat. Throws JOB_UNKNOWN, JOB_ENDED. */
export async function askCancel(store: Store, id: string, by: string): Promise<Job> {
  return store.change(async change => {
    const there = await lockedJob(change, store, id)
    if (there === undefined) throw unknown(id)
    if (ended.includes(there.state)) throw new CorpusError('JOB_ENDED', `The job ${there.id} has ${there.state}.`)
    const asked = {
      cancel_asked_at: there.cancel_asked_at ?? store.clock,
      cancel_asked_by: there.cancel_asked_by ?? kept(by),
    }
    const row = await change
      .updateTable('jobs')
      .set(there.state === 'queued' ? { ...asked, state: 'cancelled', ended_at: store.clock } : asked)
      .where('number', '=', there.number)
      .returningAll()
      .executeTakeFirstOrThrow()
    return jobOf(row)
  })
}

export interface Dead {
  /** Those that have not beaten for so long. 0: all, as of a controller that starts and finds what it held before. */
  readonly silentMilliseconds: number
  /** Only what was held by one of whom this is true, asked by the name that it claimed with. */
  readonly isDead?: (by: string) => boolean
  readonly error: Fault
}

/** Jobs whose controllers died: those that can be resumed wait again, the others are interrupted. Answers both as they are now. */
export async function takeOver(store: Store, dead: Dead): Promise<Job[]> {
  return store.change(async change => {
    const silent = await change
      .selectFrom('jobs')
      .selectAll()
      .where('state', '=', 'running')
      .where(eb => eb('heartbeat_at', '<=', eb(store.clock, '-', dead.silentMilliseconds)))
      .orderBy('number')
      .$if(store.kind === 'postgres', query => query.forUpdate().skipLocked())
      .execute()
    const taken: Job[] = []
    for (const one of silent) {
      if (dead.isDead?.(one.claimed_by ?? '') === false) continue
      // Who asked to cancel it does not want it begun again.
      const isBegunAgain = one.resumable === 1 && one.cancel_asked_at === null
      const row = await change
        .updateTable('jobs')
        .set(
          isBegunAgain
            ? { state: 'queued', claim: null, claimed_by: null, heartbeat_at: null }
            : { state: 'interrupted', claim: null, ended_at: store.clock, error: JSON.stringify(dead.error) },
        )
        .where('number', '=', one.number)
        .returningAll()
        .executeTakeFirstOrThrow()
      taken.push(jobOf(row))
    }
    return taken
  })
}

/** Jobs that ended before that time go, with their events. Answers how many. */
export async function forgetJobs(store: Store, endedBefore: number): Promise<number> {
  const gone = await store.change(change =>
    change.deleteFrom('jobs').where('ended_at', '<', endedBefore).returning('id').execute(),
  )
  return gone.length
}

function lockedJob(change: Change | Queries, store: Store, id: string): Promise<Selectable<JobTable> | undefined> {
  return change
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', kept(id))
    .$if(store.kind === 'postgres', query => query.forUpdate())
    .executeTakeFirst()
}

function jobOf(row: Selectable<JobTable>): Job {
  return {
    id: row.id,
    number: row.number,
    request: row.request,
    project: row.project,
    input: fromJson(row.input),
    caller: row.caller,
    from: row.came_from,
    state: row.state,
    progress: row.progress,
    error: fromJson(row.error) as Fault | null,
    answer: fromJson(row.answer),
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    claimedBy: row.claimed_by,
    attempts: row.attempts,
    resumable: row.resumable === 1,
    cancelAskedBy: row.cancel_asked_by,
    events: row.events,
  }
}

const unknown = (id: string): CorpusError => new CorpusError('JOB_UNKNOWN', `There is no job ${shown(id)}.`)
const lost = (claim: Claim): CorpusError => new CorpusError('JOB_LOST', `The job ${claim.job.id} is not ours any more.`)
