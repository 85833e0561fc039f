/** What everybody who reads or changes the store holds: the same over SQLite and over PostgreSQL. */
import type { Kysely, RawBuilder, Transaction } from 'kysely'
import { asFault } from './faults.ts'
import type { Tables } from './tables.ts'

export type Queries = Kysely<Tables>
export type Change = Transaction<Tables>

export interface Store {
  readonly kind: 'sqlite' | 'postgres'
  /** What is asked of the store's own clock, within a query: several machines may share it. Milliseconds since 1970. */
  readonly clock: RawBuilder<number>
  /** Queries that change nothing. Throws STORE_…. */
  read<T>(work: (queries: Queries) => Promise<T>): Promise<T>
  /** All or nothing, one after the other; `work` may run again where another was first. Throws STORE_…. */
  change<T>(work: (change: Change) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** `waitMilliseconds`: how long one waits for others' changes, asleep: what else this process does goes on. */
export function storeOver(
  kind: Store['kind'],
  queries: Queries,
  clock: RawBuilder<number>,
  waitMilliseconds: number,
): Store {
  const patient = async <T>(work: () => Promise<T>): Promise<T> => {
    const end = Date.now() + waitMilliseconds
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!wasTakenBack(error) || Date.now() > end) throw asFault(error)
      }
      await new Promise(resolve => setTimeout(resolve, 2 + Math.random() * 20))
    }
  }
  return {
    kind,
    clock,
    read: work => patient(() => work(queries)),
    change: work => patient(() => queries.transaction().execute(work)),
    close: () => queries.destroy(),
  }
}

/** Another was first: nothing of what was done is there, and it can be done anew. */
export const wasTakenBack = (error: unknown): boolean =>
  /^(SQLITE_(BUSY|LOCKED)|40001$|40P01$)/.test(String((error as { readonly code?: unknown } | null)?.code))
