/** job show: how it stands with a job. */
import { defineRequest } from '../request.ts'
import { object, word } from '../schema.ts'
import { jobShape } from './jobs.ts'

export const jobShowRequest = defineRequest({
  name: 'job show',
  does: 'Says how it stands with a job.',
  example: 'corpus job show 6f1d2c3b-8a4e-4d6f-9b0a-1c2d3e4f5a6b',
  params: object({ id: word('ID', 'which') }),
  answer: jobShape(),
  http: 'GET /jobs/{id}',
  right: 'see on job',
  kind: 'read',
  async run(asked, { id }) {
    const { jobNamed } = await import('../jobs.ts')
    return jobNamed(asked, id)
  },
})
