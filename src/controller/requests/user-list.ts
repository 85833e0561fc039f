/** user list: who may ask. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object } from '../schema.ts'
import { userShape } from './user-add.ts'

export const userListRequest = defineRequest({
  name: 'user list',
  does: 'Lists the users.',
  example: 'corpus user list',
  params: object({}),
  answer: Type.Array(userShape()),
  http: 'GET /users',
  right: 'admin on machine',
  kind: 'read',
  paged: { by: 'name' },
  async run(asked) {
    const { people } = await import('../people.ts')
    return people(asked)
  },
})
