/** What is answered from the index of the store, and by the files wherever that cannot be. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { CorpusError, catalogue } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type * as Index from '../store/index-of-files.ts'
import type { Store } from '../store/store.ts'
import type { Context } from './context.ts'

/** To open the store takes as long as to read so many records. */
const recordsRead = 300
/** Files are there at once: nobody waits long for another's change to be told the same. */
const waitMilliseconds = 200

/** Whether there is enough to read that the index answers sooner. */
export function paysOff(layouts: readonly ProjectLayout[]): boolean {
  let records = 0
  for (const { deployments } of layouts) {
    records += foldersIn(deployments)
    if (records >= recordsRead) return true
  }
  return false
}

/** Most file systems count them. */
function foldersIn(folder: string): number {
  if (!existsSync(folder)) return 0
  const { nlink } = statSync(folder)
  return nlink > 2 ? nlink - 2 : readdirSync(folder).length
}

/** Undefined where the store is not there for us, damaged, newer, held or full; what its operator has to know of that is said. */
export async function fromIndex<T>(
  context: Context,
  ask: (index: typeof Index, store: Store) => Promise<T>,
): Promise<T | undefined> {
  let store: Store | undefined
  try {
    const [index, { openStore }] = await Promise.all([import('../store/index-of-files.ts'), import('../store/open.ts')])
    store = await openStore({ root: context.root, url: process.env['CORPUS_STORE'], waitMilliseconds })
    return await ask(index, store)
  } catch (error) {
    const code = error instanceof CorpusError ? error.code : null
    if (error instanceof CorpusError && isToBeTold(error.code))
      context.warn?.(`${error.message} The files were read instead. ${catalogue[error.code].wayOut} (${code})`)
    return undefined
  } finally {
    await store?.close().catch(() => {})
  }
}

/** Whoever may not read it, or has to wait for another, is answered all the same. */
const isToBeTold = (code: string): boolean =>
  ['STORE_DAMAGED', 'STORE_NEWER', 'STORE_INVALID', 'STORE_UNREACHABLE'].includes(code)
