/** thaw: a frozen project can be deployed again. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const thawRequest = defineRequest({
  name: 'thaw',
  does: 'Lets a frozen project be deployed again.',
  example: 'corpus thaw demo',
  params: object({ name: project() }),
  answer: object({ name: text(), frozen: Type.Boolean() }),
  http: 'POST /projects/{name}/thaw',
  right: 'operate on project',
  kind: 'change',
  async stands(asked, { name }) {
    const { frozenStands } = await import('../stands.ts')
    return frozenStands(asked, name)
  },
  async run(asked, { name }) {
    const { thaw } = await import('../freeze.ts')
    await thaw(asked, name)
    return { name, frozen: false }
  },
})
