/** Opens the store: the PostgreSQL that CORPUS_STORE names, else SQLite below the root; brings its tables up to this corpus. */
import { CorpusError } from '../kernel/errors.ts'
import { migrate } from './migrate.ts'
import type { Store } from './store.ts'

export interface StoreChoice {
  readonly root: string
  /** What CORPUS_STORE says; undefined or empty for SQLite. */
  readonly url?: string | undefined
  /** How long one waits for another's change; SQLite stops everything else of the process meanwhile. */
  readonly waitMilliseconds?: number
}

/**
 * Throws STORE_INVALID, STORE_MISSING, STORE_REFUSED, STORE_DAMAGED, STORE_NEWER, STORE_BUSY, STORE_UNREADABLE,
 * STORE_UNREACHABLE or DISK_FULL; never changes what is newer or damaged. Whoever opens it closes it.
 */
export async function openStore(choice: StoreChoice): Promise<Store> {
  const wait = choice.waitMilliseconds ?? 5000
  const store = await connect(choice, wait)
  try {
    await migrate(store)
    return store
  } catch (error) {
    await store.close().catch(() => {})
    throw error
  }
}

async function connect({ root, url }: StoreChoice, wait: number): Promise<Store> {
  if (!url) return (await import('./sqlite.ts')).openSqlite(root, wait)
  if (!/^postgres(ql)?:\/\//.test(url))
    // The rest of it may be a password.
    throw new CorpusError('STORE_INVALID', 'CORPUS_STORE does not begin with postgres://.')
  return (await import('./postgres.ts')).openPostgres(url, wait)
}
