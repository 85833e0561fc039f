/** token create: a credential of a user. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, option, options, text, user } from '../schema.ts'

const at = (description: string) => Type.Integer({ description: `${description}; milliseconds since 1970` })

/** What is told of a token. */
export const tokenFields = () => ({
  id: text('names it; no secret'),
  user: text(),
  label: text(),
  rights: nullable(Type.Array(text(), { description: 'null: all that its user has' })),
  projects: nullable(Type.Array(text(), { description: 'globs; null: all that its user has' })),
  created_at: at('when it was made'),
  expires_at: nullable(at('until when it counts')),
  used_at: nullable(at('when it was of use last, to the minute')),
  revoked_at: nullable(at('since when it counts no more')),
})

export const tokenCreateRequest = defineRequest({
  name: 'token create',
  does: 'Makes a token, with which its user asks. It is shown this once, and kept as a digest.',
  example: 'corpus token create ann --right deploy --project shop --days 90',
  params: object({
    name: user(),
    right: options('RIGHT', 'narrows it to a right or a role (may be repeated)'),
    project: options('GLOB', 'narrows it to projects (may be repeated)'),
    days: Type.Optional(
      Type.Integer({ flag: 'DAYS', description: 'until it expires; never without it', minimum: 1, maximum: 36_500 }),
    ),
    label: option('TEXT', 'what it is for'),
  }),
  answer: object({ token: text('the secret'), ...tokenFields() }),
  http: 'POST /users/{name}/tokens',
  right: 'admin on machine',
  own: 'user',
  kind: 'change',
  async run(asked, { name, ...choice }) {
    const { makeToken } = await import('../people.ts')
    return makeToken(asked, name, choice)
  },
})
