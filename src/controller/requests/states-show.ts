/** states show: the steps of state files. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'
import { chosenStates, placesTake } from './states-apply.ts'

export const statesShowRequest = defineRequest({
  name: 'states show',
  does: 'Lists the steps of state files in the order in which they would run.',
  example: 'corpus states show demo',
  params: object(chosenStates()),
  answer: object({
    local: Type.Unsafe<unknown>(
      Type.Union([
        Type.Array(Type.Record(Type.String(), Type.Unknown()), { description: 'as Salt shows low data' }),
        Type.Array(text('why it does not compile')),
      ]),
    ),
  }),
  json: 'salt',
  http: 'GET /states/steps',
  right: 'secrets on project',
  more: placesTake,
  kind: 'read',
  async run(asked, chosen, caller) {
    const { openAsked, showAnswered } = await import('../states-asked.ts')
    return showAnswered(asked, await openAsked(asked, chosen, { by: caller.name, test: true }))
  },
})
