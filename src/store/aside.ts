/** Moves a damaged file of the store aside, begins a new one, and brings over what of it can still be read. */
import { renameSync, rmSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { CorpusError } from '../kernel/errors.ts'
import { entryIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { waitForLock } from '../shell/lock.ts'
import { migrate } from './migrate.ts'
import { openStore } from './open.ts'
import { makeFile, openFile, openSqliteFile, openToLook, ownFile } from './sqlite.ts'
import type { Change, Store } from './store.ts'

export interface BegunAnew {
  readonly store: Store
  /** Where the damaged file is now; null where there was nothing wrong with it. */
  readonly movedAside: string | null
  /** Rows of users, jobs, the audit and so on that were brought over. */
  readonly saved: number
}

/** The store of a root, whole: opened as it is, or begun anew where its file is damaged. Throws what openStore does, but for STORE_DAMAGED. */
export async function openWhole(root: string, url: string | undefined): Promise<BegunAnew> {
  try {
    const store = await openStore({ root, url })
    if (url || (await isWhole(root))) return { store, movedAside: null, saved: 0 }
    await store.close()
  } catch (error) {
    if (url || !isDamage(error)) throw error
  }
  return beginAnew(root)
}

const isDamage = (error: unknown): boolean => error instanceof CorpusError && error.code === 'STORE_DAMAGED'

/** Looks at every page. */
async function isWhole(root: string): Promise<boolean> {
  const opened = await openFile(ownFile(root), 5000)
  try {
    return opened.pragma('quick_check(1)', { simple: true }) === 'ok'
  } catch {
    return false
  } finally {
    opened.close()
  }
}

async function beginAnew(root: string): Promise<BegunAnew> {
  const { store: file } = rootLayout(root)
  const lock = await waitForLock(`${file}.lock`, 30)
  if (lock === null) throw new CorpusError('STORE_BUSY', 'Another moves the damaged store aside.')
  try {
    // It may have been done while we waited.
    const there = await openStore({ root }).catch(() => undefined)
    if (there !== undefined && (await isWhole(root))) return { store: there, movedAside: null, saved: 0 }
    await there?.close()
    const fresh = `${file}.new`
    // What one who was killed left.
    for (const end of ['-wal', '-shm', '']) rmSync(fresh + end, { force: true })
    makeFile(fresh)
    const saved = await fill(fresh, file)
    const movedAside = freeName(`${file}.damaged`)
    // What is in its log belongs to it. Only between the last two is there none, for as long as two renames take.
    for (const end of ['-wal', '-shm', '']) if (entryIfThere(file + end)) renameSync(file + end, movedAside + end)
    renameSync(fresh, file)
    return { store: await openStore({ root }), movedAside, saved }
  } finally {
    lock.release()
  }
}

/** It is whole, and closed, before it takes the place of the damaged one. */
async function fill(fresh: string, damaged: string): Promise<number> {
  const store = await openSqliteFile(fresh, 5000)
  try {
    await migrate(store)
    return await bringOver(damaged, store)
  } finally {
    await store.close()
  }
}

function freeName(path: string): string {
  for (let number = 1; ; number++) if (entryIfThere(`${path}-${number}`) === undefined) return `${path}-${number}`
}

/** Not the index: the files have it; nor sessions: people log in anew. Each behind those that its rows name. */
const tables = [
  'users',
  'groups',
  'memberships',
  'tokens',
  'keys',
  'rights',
  'jobs',
  'events',
  'audit',
  'audit_head',
] as const

async function bringOver(damaged: string, store: Store): Promise<number> {
  let from: Database.Database | undefined
  try {
    from = await openToLook(damaged)
    from.pragma('cell_size_check = ON')
  } catch {
    from?.close()
    return 0
  }
  try {
    let saved = 0
    for (const table of tables) {
      const rows = readable(from, table)
      saved += await store.change(change => insertThose(change, table, rows))
    }
    return saved
  } finally {
    from.close()
  }
}

/** From its beginning to where it cannot be read, then from its end back. */
function readable(from: Database.Database, table: (typeof tables)[number]): Record<string, unknown>[] {
  const rows = new Map<unknown, Record<string, unknown>>()
  for (const order of ['asc', 'desc']) {
    try {
      for (const row of from
        .prepare(`select rowid as "the rowid", * from ${table} order by rowid ${order}`)
        .iterate()) {
        const { 'the rowid': id, ...rest } = row as Record<string, unknown>
        if (rows.has(id)) break
        rows.set(id, rest)
      }
      if (order === 'asc') break
    } catch {
      // From here on it is damaged.
    }
  }
  return [...rows.values()]
}

/** What no longer fits (a token whose user is lost) stays behind, in the file that is moved. */
async function insertThose(
  change: Change,
  table: (typeof tables)[number],
  rows: readonly Record<string, unknown>[],
): Promise<number> {
  if (table === 'audit_head' && rows.length > 0) await change.deleteFrom(table).execute()
  let inserted = 0
  for (const row of rows) {
    try {
      await change
        .insertInto(table)
        .values(row as never)
        .execute()
      inserted++
    } catch {
      // SQLite takes back this row alone.
    }
  }
  return inserted
}
