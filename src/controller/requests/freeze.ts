/** freeze: nothing is deployed to a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, option, project, text } from '../schema.ts'

export const freezeRequest = defineRequest({
  name: 'freeze',
  does: 'Refuses every deployment of a project until it is thawed; what runs goes on.',
  example: "corpus freeze demo --why 'migration until noon'",
  params: object({ name: project(), why: option('TEXT', 'told to whoever pushes') }),
  answer: object({ name: text(), frozen: Type.Boolean() }),
  http: 'POST /projects/{name}/freeze',
  right: 'operate on project',
  kind: 'change',
  async stands(asked, { name }) {
    const { frozenStands } = await import('../stands.ts')
    return frozenStands(asked, name)
  },
  async run(asked, { name, why = '' }) {
    const { freeze } = await import('../freeze.ts')
    await freeze(asked, name, why)
    return { name, frozen: true }
  },
})
