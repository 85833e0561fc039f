/** maintenance on and off: the maintenance page in place of the application. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, oneOf, project } from '../schema.ts'

export const maintenanceSetRequest = defineRequest({
  name: 'maintenance set',
  does: 'Shows the maintenance page in place of the application, or the application again.',
  example: 'corpus maintenance demo on',
  typed: 'maintenance NAME',
  params: object({ name: project(), state: oneOf(['on', 'off'], { word: 'on|off', description: 'shown, or not' }) }),
  answer: object({ maintenance: Type.Boolean() }),
  http: 'PUT /projects/{name}/maintenance',
  right: 'operate on project',
  kind: 'change',
  changes: 'maintenance',
  async stands(asked, { name }) {
    const { maintenanceStands } = await import('../stands.ts')
    return maintenanceStands(asked, name)
  },
  async run(asked, { name, state }) {
    const { maintenance } = await import('../maintenance.ts')
    return { maintenance: await maintenance(asked, name, state === 'on') }
  },
})
