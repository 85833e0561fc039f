/** job cancel: a job is stopped. */
import { defineRequest } from '../request.ts'
import { object, word } from '../schema.ts'
import { jobShape } from './jobs.ts'

export const jobCancelRequest = defineRequest({
  name: 'job cancel',
  does: 'Stops a job within seconds, and lets its deployment go back.',
  example: 'corpus job cancel 6f1d2c3b-8a4e-4d6f-9b0a-1c2d3e4f5a6b',
  params: object({ id: word('ID', 'which') }),
  answer: jobShape(),
  http: 'POST /jobs/{id}/cancel',
  right: 'deploy on job',
  kind: 'change',
  async run(asked, { id }, caller) {
    const { cancelJob } = await import('../jobs.ts')
    return cancelJob(asked, caller, id)
  },
})
