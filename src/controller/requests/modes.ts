/** modes: which procedures run. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'

export const modesRequest = defineRequest({
  name: 'modes',
  does: 'Prints which procedures run in each mode, for a push of the pillar and for going back, and why the others do not.',
  example: 'corpus modes --json',
  params: object({}),
  answer: Type.Record(
    Type.String(),
    Type.Record(Type.String(), Type.Union([Type.Literal('run'), object({ skip: text('why') })])),
    { description: 'by mode, pillar and rollback, and then by procedure' },
  ),
  http: 'GET /modes',
  right: 'see on machine',
  kind: 'read',
  async run() {
    const { modesTable } = await import('../modes.ts')
    return modesTable()
  },
})
