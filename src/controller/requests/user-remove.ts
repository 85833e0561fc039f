/** user remove: a user goes, with its tokens. */
import { defineRequest } from '../request.ts'
import { object, text, user } from '../schema.ts'

export const userRemoveRequest = defineRequest({
  name: 'user remove',
  does: 'Removes a user, with its tokens and all that was granted to it.',
  example: 'corpus user remove ann',
  params: object({ name: user() }),
  answer: object({ removed: text() }),
  http: 'DELETE /users/{name}',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { personStands } = await import('../people.ts')
    return personStands(asked, name)
  },
  async run(asked, { name }) {
    const { removePerson } = await import('../people.ts')
    await removePerson(asked, name)
    return { removed: name }
  },
})
