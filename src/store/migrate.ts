/** Brings the tables of a store up to this corpus: numbered steps, never edited once they were released, each with its version. */
import { sql } from 'kysely'
import { CorpusError } from '../kernel/errors.ts'
import { first } from './migrations/0001-first.ts'
import { sessions } from './migrations/0002-sessions.ts'
import type { Change, Queries, Store } from './store.ts'

export interface Migration {
  readonly name: string
  readonly up: (change: Change, kind: Store['kind'], clock: Store['clock']) => Promise<void>
}

/** In their order: the first is version 1. */
const migrations: readonly Migration[] = [first, sessions]

const newestVersion: number = migrations.length

/** Any number that nobody else locks in this database. */
const lock = 7_305_112_718

/** Does nothing where the store is up to it. Throws STORE_NEWER, and STORE_DAMAGED where other tables are in the way. */
export async function migrate(store: Store): Promise<void> {
  if ((await store.read(queries => versionOf(queries, store.kind))) === newestVersion) return
  await store.change(async change => {
    if (store.kind === 'postgres') await sql`select pg_advisory_xact_lock(${lock})`.execute(change)
    // Another may have done it meanwhile.
    const from = await versionOf(change, store.kind)
    if (from > newestVersion)
      throw new CorpusError('STORE_NEWER', `The store has version ${from}, and this corpus knows ${newestVersion}.`)
    for (const [at, { name, up }] of migrations.entries()) {
      if (at < from) continue
      await up(change, store.kind, store.clock).catch((error: unknown) => {
        throw inTheWay(error) ?? error
      })
      await change
        .insertInto('store_version')
        .values({ number: at + 1, name, at: store.clock })
        .execute()
    }
  })
}

/** 0 for a store that is empty. */
async function versionOf(queries: Queries, kind: Store['kind']): Promise<number> {
  const there =
    kind === 'sqlite'
      ? sql<{
          there: number
        }>`select count(*) as there from sqlite_master where type = 'table' and name = 'store_version'`
      : // Asked as rows: by its name, one that was not there a moment ago may not be found within the same transaction.
        sql<{
          there: number
        }>`select count(*) as there from pg_tables where tablename = 'store_version' and schemaname = any (current_schemas(false))`
  if ((await there.execute(queries)).rows[0]?.there !== 1) return 0
  const { newest } = await queries
    .selectFrom('store_version')
    .select(eb => eb.fn.max('number').as('newest'))
    .executeTakeFirstOrThrow()
  return newest ?? 0
}

function inTheWay(error: unknown): CorpusError | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string }
  if (code !== '42P07' && !/already exists/.test(message ?? '')) return undefined
  return new CorpusError('STORE_DAMAGED', 'Tables that are not of corpus are in the way.', {
    detail: message ?? '',
    cause: error,
  })
}
