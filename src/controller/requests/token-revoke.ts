/** token revoke: a token counts no more. */
import { defineRequest } from '../request.ts'
import { object, text, word } from '../schema.ts'

export const tokenRevokeRequest = defineRequest({
  name: 'token revoke',
  does: 'Ends a token, at once and for good.',
  example: 'corpus token revoke kX3vQ0aB9_Zt',
  params: object({ id: word('ID', 'which, as `corpus token list` has it') }),
  answer: object({ revoked: text() }),
  http: 'DELETE /tokens/{id}',
  right: 'admin on machine',
  own: 'token',
  kind: 'change',
  async stands(asked, { id }) {
    const { tokenStands } = await import('../people.ts')
    return tokenStands(asked, id)
  },
  async run(asked, { id }) {
    const { endToken } = await import('../people.ts')
    await endToken(asked, id)
    return { revoked: id }
  },
})
