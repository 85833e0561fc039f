/** states doc: the reference of the state language at hand. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, oneOf, text, word } from '../schema.ts'

export const statesDocRequest = defineRequest({
  name: 'states doc',
  does: 'Says what a state, an execution function, a filter or a test does, with arguments and examples; or lists a module.',
  example: 'corpus states doc file.managed',
  params: object({ name: word('NAME', 'a name of the state language, or a module') }),
  answer: Type.Array(
    object({
      kind: oneOf(['state', 'function', 'filter', 'test', 'global']),
      name: text(),
      markdown: Type.Optional(Type.String({ description: 'what is said of it; of a module the names alone' })),
    }),
  ),
  http: 'GET /reference/{name}',
  right: 'see on machine',
  kind: 'read',
  async run(_asked, { name }) {
    const { entriesNamed } = await import('../reference/states-reference.ts')
    return entriesNamed(name)
  },
})
