/** The store, open for as long as something is served. */
import type { ErrorCode } from '../kernel/errors.ts'
import type { Store } from '../store/store.ts'
import type { Identity } from './admission.ts'

interface Refusal {
  /** `? ann`: whose name was said, which nobody has proved. */
  readonly who: string
  readonly from: string
  readonly request: string
  readonly requestId: string
  /** A credential that did not count, without it. */
  readonly code?: ErrorCode
}

export interface ServingStore {
  readonly store: Store
  /** Who lets people in beside it. */
  readonly identity: Identity
  /** What was refused to somebody who is not known, in the audit. */
  writeRefusal(refusal: Refusal): Promise<void>
}

/** Throws STORE_…, LOGIN_INVALID. */
export async function openForServing(root: string): Promise<ServingStore> {
  const [{ openStore }, { appendAudit }] = await Promise.all([import('../store/open.ts'), import('../store/audit.ts')])
  const { openIdentity } = await import('./admission.ts')
  const identity = await openIdentity(root)
  const store = await openStore({ root, url: process.env['CORPUS_STORE'] })
  return {
    store,
    identity,
    async writeRefusal({ who, code = 'CREDENTIAL_REFUSED', ...refusal }) {
      await appendAudit(store, { ...refusal, who: who.slice(0, 64), outcome: `refused ${code}` })
    },
  }
}
