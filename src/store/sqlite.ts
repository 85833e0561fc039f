/** The store in a file of this machine: `<root>/corpus/corpus.db`, for its owner alone. */
import { chmodSync, closeSync, constants, openSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { CompiledQuery, type DatabaseConnection, Kysely, SqliteDialect, SqliteDriver, sql } from 'kysely'
import { openAnywhere } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { entryIfThere, makeFolders } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { asFault } from './faults.ts'
import { type Store, storeOver, wasTakenBack } from './store.ts'
import type { Tables } from './tables.ts'

export async function openSqlite(root: string, waitMilliseconds: number): Promise<Store> {
  return openSqliteFile(ownFile(root), waitMilliseconds)
}

/** A file that `ownFile` looked at, or one that `makeFile` made beside it. */
export async function openSqliteFile(file: string, waitMilliseconds: number): Promise<Store> {
  const opened = await openFile(file, waitMilliseconds)
  const dialect = new ImmediateDialect({ database: opened })
  const clock = sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
  return storeOver('sqlite', new Kysely<Tables>({ dialect }), clock, waitMilliseconds)
}

/** SQLite waits by stopping the whole process: what takes longer is waited for by trying again. */
const stoppedMilliseconds = 20

/** Opens the file for SQLite alone, without the queries of a store. */
export async function openFile(file: string, waitMilliseconds: number): Promise<Database.Database> {
  const Sqlite = await library()
  const end = Date.now() + waitMilliseconds
  for (;;) {
    let opened: Database.Database | undefined
    try {
      opened = new Sqlite(file, { timeout: Math.min(stoppedMilliseconds, waitMilliseconds) })
      settle(opened)
      return opened
    } catch (error) {
      opened?.close()
      if (!wasTakenBack(error) || Date.now() > end) throw asFault(error)
    }
    await new Promise(resolve => setTimeout(resolve, 2 + Math.random() * 20))
  }
}

/** What is only read, to the last byte as it is. */
export async function openToLook(file: string): Promise<Database.Database> {
  return new (await library())(file, { readonly: true })
}

/** Readers never wait for a writer; what was committed outlives a power cut. */
function settle(opened: Database.Database): void {
  opened.pragma('foreign_keys = ON')
  opened.pragma('trusted_schema = OFF')
  opened.pragma('synchronous = FULL')
  if (opened.pragma('journal_mode', { simple: true }) === 'wal') return
  // The first that is written: into an empty file, never into another program's.
  const tables = opened.prepare("select name from sqlite_master where type = 'table'").pluck().all()
  if (tables.length > 0 && !tables.includes('store_version'))
    throw new CorpusError('STORE_DAMAGED', 'The file of the store is another program’s.')
  opened.pragma('journal_mode = WAL')
}

/** SQLite takes what is shorter than its head for an empty database, and writes over it. */
const headBytes = 100

/**
 * Never opened to be looked at: to close a file takes away the locks that SQLite has on it elsewhere in this process. Only where
 * nobody else can put a file is one reached by its path. Throws STORE_REFUSED.
 */
export function ownFile(root: string): string {
  const { corpus, store } = rootLayout(root)
  makeFolders(corpus, 0o755)
  const folder = openAnywhere(corpus)
  const isOurs = folder?.isOurs === true && folder.entry.isDirectory()
  folder?.close()
  if (!isOurs) throw new CorpusError('STORE_REFUSED', `Others may write in ${corpus}, or above it.`)
  makeFile(store)
  for (const path of [store, `${store}-wal`, `${store}-shm`]) {
    const entry = entryIfThere(path)
    if (entry === undefined) continue
    if (!entry.isFile() || entry.nlink > 1 || entry.uid !== process.geteuid?.())
      throw new CorpusError('STORE_REFUSED', `${path} is not a file of its own, or another's.`)
    if (path === store && entry.size > 0 && entry.size < headBytes)
      throw new CorpusError('STORE_DAMAGED', 'The file of the store is damaged.', { detail: `${path} is cut off.` })
    if ((entry.mode & 0o077) !== 0) chmodSync(path, 0o600)
  }
  return store
}

/** Before SQLite does, whose files are open to all that the umask lets in. */
export function makeFile(path: string): void {
  if (entryIfThere(path) !== undefined) return
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW, 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Throws STORE_MISSING. */
async function library(): Promise<typeof Database> {
  try {
    return (await import('better-sqlite3')).default
  } catch (error) {
    throw new CorpusError('STORE_MISSING', 'The package better-sqlite3 does not load here.', {
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    })
  }
}

/** What reads first and writes then would be refused where another wrote in between: a change has the right to write from its start. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #database: Database.Database
  constructor(config: { readonly database: Database.Database }) {
    super(config)
    this.#database = config.database
  }
  override createDriver(): SqliteDriver {
    return new ImmediateDriver({ database: this.#database })
  }
}
