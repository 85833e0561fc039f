/** The store in a PostgreSQL that several controllers may share. */
import { Kysely, PostgresDialect, sql } from 'kysely'
import { type Store, storeOver } from './store.ts'
import type { Tables } from './tables.ts'

const int8 = 20
const connections = 10

export async function openPostgres(url: string, waitMilliseconds: number): Promise<Store> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: Math.max(waitMilliseconds, 1000),
    lock_timeout: waitMilliseconds,
    statement_timeout: 60_000,
    // A controller that died in the middle of a change must not hold it.
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'corpus',
    // Our numbers are times and counts: they are exact as numbers, and text to pg.
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    },
  })
  // A connection that waits for nothing and is lost is made anew when it is needed.
  pool.on('error', () => {})
  const dialect = new PostgresDialect({ pool })
  const clock = sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
  return storeOver('postgres', new Kysely<Tables>({ dialect }), clock, waitMilliseconds)
}
