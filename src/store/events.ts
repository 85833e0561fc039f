/** What jobs tell while they run: appended alone, each event at its place, followed from any place on by as many as like. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { hasEnded, type Job, jobOfId } from './jobs.ts'
import type { Store } from './store.ts'
import { fromJson, kept } from './text.ts'

export interface JobEvent {
  /** 0 for a job's first one, without a gap. */
  readonly offset: number
  /** Milliseconds since 1970, by the store's clock. */
  readonly at: number
  readonly event: unknown
}

/** Secrets are taken out before. Answers the offset of the first of them. Throws JOB_UNKNOWN. */
export async function appendEvents(store: Store, job: string, events: readonly unknown[]): Promise<number> {
  const id = kept(job)
  return store.change(async change => {
    // Whoever appends next waits here, so that nobody ever sees a later one without those before.
    const counted = await change
      .updateTable('jobs')
      .set(eb => ({ events: eb('events', '+', events.length) }))
      .where('id', '=', id)
      .returning('events')
      .executeTakeFirst()
    if (counted === undefined) throw new CorpusError('JOB_UNKNOWN', `There is no job ${shown(job)}.`)
    const begin = counted.events - events.length
    const rows = events.map((event, at) => ({
      job: id,
      place: begin + at,
      at: store.clock,
      event: JSON.stringify(event ?? null),
    }))
    for (let at = 0; at < rows.length; at += rowsAtOnce)
      await change
        .insertInto('events')
        .values(rows.slice(at, at + rowsAtOnce))
        .execute()
    return begin
  })
}

/** Databases take so many values in one statement. */
const rowsAtOnce = 500

/** From an offset on, in their order. */
export async function eventsFrom(store: Store, job: string, offset: number, limit = 1000): Promise<JobEvent[]> {
  const rows = await store.read(queries =>
    queries
      .selectFrom('events')
      .select(['place', 'at', 'event'])
      .where('job', '=', kept(job))
      .where('place', '>=', offset)
      .orderBy('place')
      .limit(limit)
      .execute(),
  )
  return rows.map(row => ({ offset: row.place, at: row.at, event: fromJson(row.event) }))
}

export interface Following {
  /** The first that is wanted; default 0. */
  readonly offset?: number
  readonly everyMilliseconds?: number
  readonly signal?: AbortSignal
}

/** Every event as it comes; ends behind the last one of a job that has ended. Throws JOB_UNKNOWN. */
export async function* followEvents(
  store: Store,
  job: string,
  following: Following = {},
): AsyncGenerator<JobEvent, Job> {
  let next = following.offset ?? 0
  for (;;) {
    // Asked before the events: those that were told until it ended are there then.
    const now = await jobOfId(store, job)
    for (;;) {
      const events = await eventsFrom(store, job, next)
      if (events.length === 0) break
      for (const event of events) yield event
      next += events.length
    }
    if (hasEnded(now) || following.signal?.aborted) return now
    await pause(following.everyMilliseconds ?? 200, following.signal)
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })
}
