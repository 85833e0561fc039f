/** keys list: who may push what. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object } from '../schema.ts'
import { keyShape, ofUser } from './keys-add.ts'

export const keysListRequest = defineRequest({
  name: 'keys list',
  does: 'Lists the keys that were added, and what each may do.',
  example: 'corpus keys list',
  params: object({}),
  answer: Type.Array(keyShape()),
  http: 'GET /keys',
  right: 'admin on machine',
  kind: 'read',
  paged: { by: 'name' },
  async run(asked) {
    const [{ listKeys }, { keysOfUsers }] = await Promise.all([import('../keys.ts'), import('../user-keys.ts')])
    return [...listKeys(asked).map(key => ({ ...key, user: null })), ...(await keysOfUsers(asked)).map(ofUser)]
  },
})
