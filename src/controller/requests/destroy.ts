/** destroy: a project goes, with all its data. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, option, projectTyped, text } from '../schema.ts'

export const destroyRequest = defineRequest({
  name: 'destroy',
  does: 'Removes a project with all its data.',
  example: 'corpus destroy demo --confirm demo',
  params: object({ name: projectTyped(), confirm: option('NAME', 'the name once more') }),
  answer: object({ done: Type.Array(text('what was done')) }),
  http: 'DELETE /projects/{name}',
  right: 'admin on project',
  kind: 'change',
  async stands(asked, { name }) {
    const { projectStands } = await import('../stands.ts')
    return projectStands(asked, name)
  },
  async run(asked, { name, confirm }) {
    const { destroy } = await import('../destroy.ts')
    return { done: await destroy(asked, name, confirm) }
  },
})
