/** rights: what a user may do. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, oneOf, text, user } from '../schema.ts'

export const rightsRequest = defineRequest({
  name: 'rights',
  does: 'Says what a user may do on each project, as it is decided, and what it was granted.',
  example: 'corpus rights ann',
  params: object({ name: user() }),
  answer: object({
    user: text(),
    admin: Type.Boolean(),
    granted: Type.Array(
      object({ right: text(), effect: oneOf(['allow', 'deny']), project: text('a glob'), group: nullable(text()) }),
    ),
    projects: Type.Array(object({ name: text(), rights: Type.Array(text()) })),
  }),
  http: 'GET /users/{name}/rights',
  right: 'admin on machine',
  kind: 'read',
  async run(asked, { name }) {
    const { rightsOfPerson } = await import('../people.ts')
    return rightsOfPerson(asked, name)
  },
})
