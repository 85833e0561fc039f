/** states render: what templates make. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'
import { chosenStates, placesTake } from './states-apply.ts'

export const statesRenderRequest = defineRequest({
  name: 'states render',
  does: 'Prints what the templates of state files make: the text that YAML then reads.',
  example: 'corpus states render --file-root ./salt web.app',
  params: object(chosenStates()),
  answer: Type.Union([
    Type.Record(Type.String(), text(), { description: 'texts by SLS' }),
    object({ local: Type.Array(text('why it does not compile')) }),
  ]),
  http: 'GET /states/rendered',
  right: 'secrets on project',
  more: placesTake,
  kind: 'read',
  async run(asked, chosen, caller) {
    const { openAsked, renderAnswered } = await import('../states-asked.ts')
    return renderAnswered(asked, await openAsked(asked, chosen, { by: caller.name, test: true }))
  },
})
