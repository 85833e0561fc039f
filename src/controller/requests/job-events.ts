/** job events: what a job tells on its way. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, word } from '../schema.ts'
import { jobShape } from './jobs.ts'

export const jobEventsRequest = defineRequest({
  name: 'job events',
  does: 'Tells the events of a job from an offset on. By HTTP they are server-sent events that come as they happen, from behind `Last-Event-ID` on, unless `Accept: application/json` is asked for.',
  example: 'corpus job events 6f1d2c3b-8a4e-4d6f-9b0a-1c2d3e4f5a6b --from 12 --json',
  params: object({
    id: word('ID', 'which'),
    from: Type.Optional(
      Type.Integer({ flag: 'OFFSET', description: 'the first that is wanted, 0 without it', minimum: 0, maximum: 1e9 }),
    ),
    wait: flag('wait some seconds for the next where there is none yet'),
  }),
  answer: object({
    events: Type.Array(object({ offset: Type.Integer(), at: Type.Integer(), event: Type.Unknown() })),
    job: jobShape(),
    ended: Type.Boolean({ description: 'the job has ended, and these were its last' }),
  }),
  http: 'GET /jobs/{id}/events',
  right: 'logs on job',
  kind: 'read',
  async run(asked, { id, from = 0, wait = false }) {
    const { jobEvents } = await import('../jobs.ts')
    return jobEvents(asked, id, from, wait)
  },
})
