/** token list: which tokens there are. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, user } from '../schema.ts'
import { tokenFields } from './token-create.ts'

export const tokenListRequest = defineRequest({
  name: 'token list',
  does: 'Lists tokens, of a user or of all, without their secrets.',
  example: 'corpus token list ann',
  params: object({ name: Type.Optional(user()) }),
  answer: Type.Array(object(tokenFields())),
  http: 'GET /tokens',
  right: 'admin on machine',
  kind: 'read',
  paged: { by: 'id' },
  async run(asked, { name }) {
    const { tokensOf } = await import('../people.ts')
    return tokensOf(asked, name)
  },
})
