/** The audit: one line a change, appended alone; each has the hash of the one before in its own, so that none is changed or taken out unseen. */
import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Store } from './store.ts'
import type { AuditTable } from './tables.ts'
import { fromJson, kept, keptOrNull } from './text.ts'

export interface AuditEntry {
  readonly who: string
  /** `local`, `ssh 192.0.2.7`, `http 192.0.2.7`, … */
  readonly from: string
  readonly request: string
  /** What it was about: a project, a user, … */
  readonly target?: string | null
  /** Secrets masked before: `masked` does it. */
  readonly before?: unknown
  readonly after?: unknown
  /** `succeeded`, `refused`, `failed`, with a code. */
  readonly outcome: string
  readonly requestId?: string | null
}

export interface AuditLine extends Required<AuditEntry> {
  /** 1 for the first, without a gap. */
  readonly number: number
  readonly at: number
  readonly hash: string
}

/** Behind the last line; what is appended at the same time waits. */
export async function appendAudit(store: Store, entry: AuditEntry): Promise<AuditLine> {
  return store.change(async change => {
    const head = await change
      .updateTable('audit_head')
      .set(eb => ({ number: eb('number', '+', 1) }))
      .where('id', '=', 1)
      .returning(['number', 'hash', store.clock.as('now')])
      .executeTakeFirstOrThrow()
    const content = {
      number: head.number,
      at: head.now,
      who: kept(entry.who),
      came_from: kept(entry.from),
      request: kept(entry.request),
      target: keptOrNull(entry.target),
      before: jsonOrNull(entry.before),
      after: jsonOrNull(entry.after),
      outcome: kept(entry.outcome),
      request_id: keptOrNull(entry.requestId),
      previous_hash: head.hash,
    }
    const row = { ...content, hash: hashOf(content) }
    await change.insertInto('audit').values(row).execute()
    await change.updateTable('audit_head').set({ hash: row.hash }).where('id', '=', 1).execute()
    return lineOf(row)
  })
}

export interface AuditWanted {
  readonly target?: string
  readonly who?: string
  /** Milliseconds since 1970. */
  readonly since?: number
  /** Only lines with a lower number: the next page. */
  readonly before?: number
  readonly limit?: number
}

/** The newest first. */
export async function listAudit(store: Store, wanted: AuditWanted = {}): Promise<AuditLine[]> {
  const { target, who, since, before, limit = 100 } = wanted
  const rows = await store.read(queries =>
    queries
      .selectFrom('audit')
      .selectAll()
      .$if(target !== undefined, query => query.where('target', '=', target ?? ''))
      .$if(who !== undefined, query => query.where('who', '=', who ?? ''))
      .$if(since !== undefined, query => query.where('at', '>=', since ?? 0))
      .$if(before !== undefined, query => query.where('number', '<', before ?? 0))
      .orderBy('number', 'desc')
      .limit(limit)
      .execute(),
  )
  return rows.map(lineOf)
}

export type Verified =
  /** `hash` of the last line: whoever writes it down elsewhere finds out later when the end was taken off. */
  | { readonly holds: true; readonly lines: number; readonly hash: string }
  | { readonly holds: false; readonly line: number; readonly why: string }

/** Walks the whole chain as it stood at one moment. */
export async function verifyAudit(store: Store): Promise<Verified> {
  // The end first: lines that come meanwhile are behind it.
  const head = await store.read(queries => queries.selectFrom('audit_head').selectAll().executeTakeFirst())
  if (head === undefined) return { holds: false, line: 0, why: 'the end of the chain is not there' }
  let last = ''
  for (let number = 1; number <= head.number; ) {
    const rows = await store.read(queries =>
      queries
        .selectFrom('audit')
        .selectAll()
        .where('number', '>=', number)
        .where('number', '<=', head.number)
        .orderBy('number')
        .limit(1000)
        .execute(),
    )
    if (rows.length === 0) return { holds: false, line: number, why: 'it is not there, nor what followed' }
    for (const row of rows) {
      if (row.number !== number) return { holds: false, line: number, why: 'it is not there' }
      const { hash, ...content } = row
      if (content.previous_hash !== last)
        return { holds: false, line: number, why: 'it does not follow the one before' }
      if (hashOf(content) !== hash) return { holds: false, line: number, why: 'it was changed' }
      last = hash
      number++
    }
  }
  if (last !== head.hash) return { holds: false, line: head.number, why: 'the end of the chain is another' }
  return { holds: true, lines: head.number, hash: last }
}

/** A value with what is secret by its name replaced, however deep. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecretName(name) && inner !== null && inner !== undefined && typeof inner !== 'boolean'
        ? '********'
        : masked(inner),
    ]),
  )
}

/** A bare `key` is the name of a setting. */
const isSecretName = (name: string): boolean =>
  /pass(word|wd|phrase)?$|secret|token|credential|private|api_?key|auth|cookie|session|[_-]key$|dsn$/i.test(name)

type Content = Omit<Selectable<AuditTable>, 'hash'>

/** Over all of the line, in one order; a list, so that no two lines read the same. */
function hashOf(row: Content): string {
  const { number, at, who, came_from, request, target, before, after, outcome, request_id, previous_hash } = row
  const text = JSON.stringify([
    previous_hash, number, at, who, came_from, request, target, before, after, outcome, request_id,
  ]) // biome-ignore format: one list
  return createHash('sha256').update(text).digest('hex')
}

const jsonOrNull = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value)

function lineOf(row: Selectable<AuditTable>): AuditLine {
  return {
    number: row.number,
    at: row.at,
    who: row.who,
    from: row.came_from,
    request: row.request,
    target: row.target,
    before: fromJson(row.before),
    after: fromJson(row.after),
    outcome: row.outcome,
    requestId: row.request_id,
    hash: row.hash,
  }
}
