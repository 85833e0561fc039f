/** jobs: deployments, whoever asked for them. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, oneOf, option, text } from '../schema.ts'
import { fault } from './answers.ts'

/** What is told of a job. */
export const jobShape = () =>
  object({
    id: text(),
    request: text(),
    project: nullable(text()),
    state: oneOf(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted']),
    progress: Type.Integer({ description: 'percent; it never falls' }),
    error: nullable(fault()),
    by: text('who asked for it'),
    from: text(),
    created_at: Type.Integer({ description: 'milliseconds since 1970' }),
    started_at: nullable(Type.Integer()),
    ended_at: nullable(Type.Integer()),
    events: Type.Integer({ description: 'how many events it has' }),
  })

export const jobsRequest = defineRequest({
  name: 'jobs',
  does: 'Lists deployments of projects that one may see, pushed or asked for: the newest first.',
  example: 'corpus jobs --project shop',
  params: object({
    project: option('NAME', 'only of this project'),
    before: option('ID', 'only older ones than this: the next page'),
    limit: Type.Optional(
      Type.Integer({ flag: 'COUNT', description: 'how many, 100 without it', minimum: 1, maximum: 1000 }),
    ),
  }),
  answer: Type.Array(jobShape()),
  http: 'GET /jobs',
  right: 'see on each project',
  kind: 'read',
  paged: { by: 'id', param: 'before' },
  async run(asked, wanted, caller) {
    const { jobsSeen } = await import('../jobs.ts')
    return jobsSeen(asked, caller, wanted)
  },
})
