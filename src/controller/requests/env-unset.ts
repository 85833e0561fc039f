/** env unset: variables of the application are taken out. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text, words } from '../schema.ts'

export const envUnsetRequest = defineRequest({
  name: 'env unset',
  does: 'Takes variables of the application out again, from the next deployment on.',
  example: 'corpus env unset demo TLS_KEY',
  params: object({ name: project(), names: words('KEY', 'the name of a variable') }),
  answer: object({ unset: Type.Array(text(), { description: 'the names' }) }),
  http: 'POST /projects/{name}/environment/unset',
  right: 'configure on project',
  kind: 'change',
  changes: 'env list',
  async stands(asked, { name, names }) {
    const { environmentStands } = await import('../stands.ts')
    return environmentStands(asked, name, names)
  },
  async run(asked, { name, names }) {
    const { unsetEnvironment } = await import('../env.ts')
    await unsetEnvironment(asked, name, names)
    return { unset: names }
  },
})
