/** approve: a second user lets a deployment of a protected project go ahead. */
import { object, project, wordThere } from '../schema.ts'
import { defineJob } from './job.ts'

export const approveRequest = defineJob({
  name: 'approve',
  does: 'Deploys what another user pushed or asked for in a protected project: the newest that waits, or the one named.',
  example: 'corpus approve demo',
  params: object({
    name: project(),
    deployment: wordThere('DEPLOYMENT', 'v12, a release id or its beginning, or the id of its job'),
  }),
  http: 'POST /projects/{name}/approve',
  right: 'deploy on project',
  async begin(asked, { name, deployment }, caller) {
    const { approve } = await import('../approve.ts')
    return approve(asked, caller, name, deployment)
  },
})
