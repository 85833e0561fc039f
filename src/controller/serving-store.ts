/** The store, open for as long as something is served. */
import type { Store } from '../store/store.ts'

interface Refusal {
  /** `? ann`: whose name was said, which nobody has proved. */
  readonly who: string
  readonly from: string
  readonly request: string
  readonly requestId: string
}

export interface ServingStore {
  readonly store: Store
  /** A credential that did not count, in the audit. */
  writeRefusal(refusal: Refusal): Promise<void>
}

/** Throws STORE_…. */
export async function openForServing(root: string): Promise<ServingStore> {
  const [{ openStore }, { appendAudit }] = await Promise.all([import('../store/open.ts'), import('../store/audit.ts')])
  const store = await openStore({ root, url: process.env['CORPUS_STORE'] })
  return {
    store,
    async writeRefusal({ who, ...refusal }) {
      await appendAudit(store, { ...refusal, who: who.slice(0, 64), outcome: 'refused CREDENTIAL_REFUSED' })
    },
  }
}
