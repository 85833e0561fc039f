/** keys remove: a key may push no more. */
import { defineRequest } from '../request.ts'
import { object, text, word } from '../schema.ts'

export const keysRemoveRequest = defineRequest({
  name: 'keys remove',
  does: 'Takes a key out of authorized_keys again.',
  example: 'corpus keys remove alice',
  params: object({ name: word('NAME', 'whose key it is') }),
  answer: object({ file: text('authorized_keys') }),
  http: 'DELETE /keys/{name}',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { keyStands } = await import('../keys.ts')
    return keyStands(asked, name)
  },
  async run(asked, { name }) {
    const { removeKey } = await import('../keys.ts')
    return { file: removeKey(asked, name) }
  },
})
