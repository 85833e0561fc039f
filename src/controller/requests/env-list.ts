/** env list: the variables that were set. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, nullable, object, oneOf, project, text } from '../schema.ts'

export const envListRequest = defineRequest({
  name: 'env list',
  does: 'Lists the variables that were set. Secrets are hidden.',
  example: 'corpus env list demo --reveal',
  params: object({ name: project(), reveal: flag('show secrets too, to whoever may read their key') }),
  answer: Type.Array(
    object({
      name: text(),
      secret: Type.Boolean(),
      value: nullable(text('null where it is not shown')),
      encoding: nullable(oneOf(['utf8', 'base64'])),
    }),
  ),
  http: 'GET /projects/{name}/environment',
  right: 'see on project',
  more: { reveal: 'secrets' },
  kind: 'read',
  async run(asked, { name, reveal = false }) {
    const { listEnvironment } = await import('../env.ts')
    return listEnvironment(asked, name, reveal)
  },
})
