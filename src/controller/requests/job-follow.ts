/** job follow: the log of a job as it comes, until it ends. */
import { defineRequest } from '../request.ts'
import { object, word } from '../schema.ts'
import { deployment } from './answers.ts'

export const jobFollowRequest = defineRequest({
  name: 'job follow',
  does: 'Follows a job to its end, and ends with its status.',
  example: 'corpus jobs --follow 20260801T101500000Z-6f1d2c3b-8a4e-4d6f-9b0a-1c2d3e4f5a6b',
  typed: 'jobs --follow',
  params: object({ id: word('ID', 'which') }),
  answer: deployment(),
  http: 'GET /jobs/{id}/log',
  right: 'logs on job',
  kind: 'read',
  async run(asked, { id }) {
    const { followJob } = await import('../jobs.ts')
    return followJob(asked, id)
  },
})
