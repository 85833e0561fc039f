/** A change that is asked with an Idempotency-Key is done once: asked again, it answers what it answered. */
import { CorpusError, faultOf, ToldError } from '../kernel/errors.ts'
import { masked } from '../store/audit.ts'
import { addJob, claimJob, endJob } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import { ownName } from './jobs.ts'
import type { Caller } from './rights.ts'

export interface Once {
  readonly request: string
  readonly caller: Caller
  readonly from: string
  readonly key: string
  readonly digest: string
}

/** What is secret by its name is answered the first time alone. Throws IDEMPOTENCY_REUSED, CHANGE_UNDER_WAY, JOB_LOST, and what `work` throws. */
export async function onlyOnce(store: Store, once: Once, work: () => Promise<unknown>): Promise<unknown> {
  const { request, caller, from, key, digest } = once
  const { job, isNew } = await addJob(store, {
    request,
    // No project: it is no deployment, and nobody else's to see.
    project: null,
    input: null,
    caller: caller.name,
    from,
    idempotency: { key, digest },
  })
  if (!isNew) {
    if (job.state === 'succeeded') return job.answer
    if (job.error === null) throw new CorpusError('CHANGE_UNDER_WAY', 'What was asked with this key is under way.')
    throw new ToldError(job.error)
  }
  const claim = await claimJob(store, ownName(), { id: job.id })
  if (claim === undefined) throw new CorpusError('JOB_LOST', 'Another controller does it.')
  try {
    const answer = await work()
    await endJob(store, claim, { state: 'succeeded', answer: masked(answer) })
    return answer
  } catch (error) {
    await endJob(store, claim, { state: 'failed', error: faultOf(error) }).catch(() => {})
    throw error
  }
}
