/** A request that begins a deployment, and answers when that has ended. */
import type { Static, TObject } from '@sinclair/typebox'
import type { Begun } from '../deploy.ts'
import { type Asked, defineRequest, type Frozen, type RequestDeclaration } from '../request.ts'
import type { Caller } from '../rights.ts'
import { deployment } from './answers.ts'

type Described<Params extends TObject> = Omit<RequestDeclaration<Params>, 'answer' | 'kind' | 'run'>

/** `begin` returns as soon as the deployment waits in the line of its project. */
export interface JobDeclaration<Params extends TObject>
  extends RequestDeclaration<Params, ReturnType<typeof deployment>> {
  begin(asked: Asked, params: Frozen<Static<Params>>, caller: Caller): Promise<Begun>
}

export function defineJob<Params extends TObject>(
  job: Described<Params> & Pick<JobDeclaration<Params>, 'begin'>,
): JobDeclaration<Params> {
  const declared = defineRequest<Params, ReturnType<typeof deployment>>({
    ...job,
    answer: deployment(),
    kind: 'job',
    async run(asked, params, caller) {
      const { layout, release } = await job.begin(asked, params, caller)
      await asked.began?.(release)
      const [{ followTold }, { readRecord }] = await Promise.all([
        import('../follow.ts'),
        import('../../pipeline/history.ts'),
      ])
      await followTold(asked, layout, release)
      return readRecord(layout, release) ?? null
    },
  })
  return { ...declared, begin: job.begin }
}
