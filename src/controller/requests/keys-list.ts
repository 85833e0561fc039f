/** keys list: who may push what. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object } from '../schema.ts'
import { keyShape } from './keys-add.ts'

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
    const { listKeys } = await import('../keys.ts')
    return listKeys(asked)
  },
})
