/** maintenance: whether the maintenance page is shown. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project } from '../schema.ts'

export const maintenanceRequest = defineRequest({
  name: 'maintenance',
  does: 'Says whether the maintenance page is shown in place of the application.',
  example: 'corpus maintenance demo',
  params: object({ name: project() }),
  answer: object({ maintenance: Type.Boolean() }),
  http: 'GET /projects/{name}/maintenance',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { maintenance } = await import('../maintenance.ts')
    return { maintenance: await maintenance(asked, name, undefined) }
  },
})
