/** user add: somebody who may ask from elsewhere. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, options, password, text, user } from '../schema.ts'

/** What is told of a user. */
export const userShape = () =>
  object({
    name: text(),
    admin: Type.Boolean({ description: 'it may do everything' }),
    source: text('who says who it is: local, ldap, oidc'),
    groups: Type.Array(text()),
    password: Type.Boolean({ description: 'it has one' }),
    created_at: Type.Integer({ description: 'milliseconds since 1970' }),
    disabled: Type.Boolean(),
  })

export const userAddRequest = defineRequest({
  name: 'user add',
  does: 'Adds a user, who may nothing until it is granted, or everything with --admin.',
  example: 'corpus user add ann --group team-a',
  params: object({
    name: user(),
    admin: flag('it may do everything'),
    password: password(),
    group: options('GROUP', 'a group that it is in (may be repeated)'),
  }),
  answer: userShape(),
  http: 'POST /users',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { personStands } = await import('../people.ts')
    return personStands(asked, name)
  },
  async run(asked, { name, admin, password, group }) {
    const { addPerson } = await import('../people.ts')
    return addPerson(asked, name, { admin, password, groups: group })
  },
})
