/** user passwd: a user gets another password. */
import { CorpusError } from '../../kernel/errors.ts'
import { defineRequest } from '../request.ts'
import { object, password, text, user } from '../schema.ts'

export const userPasswdRequest = defineRequest({
  name: 'user passwd',
  does: 'Gives a user another password; its sessions end, its tokens stay.',
  example: 'corpus user passwd ann --password-stdin < new-password',
  params: object({ name: user(), password: password() }),
  answer: object({ name: text() }),
  http: 'PUT /users/{name}/password',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { personStands } = await import('../people.ts')
    return personStands(asked, name)
  },
  async run(asked, { name, password }) {
    if (password === undefined) throw new CorpusError('PASSWORD_INVALID', 'No password was given.')
    const { givePassword } = await import('../people.ts')
    await givePassword(asked, name, password)
    return { name }
  },
})
