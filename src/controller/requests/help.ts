/** help: every command. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, text } from '../schema.ts'

export const helpRequest = defineRequest({
  name: 'help',
  does: 'Prints the commands of every day; with --all every command, with WORDS the help of one.',
  example: 'corpus help --all',
  params: object({
    words: Type.Optional(Type.Array(Type.String(), { word: 'WORDS', description: 'a command' })),
    all: flag('every command, in groups'),
  }),
  answer: object({ text: text() }),
  http: 'GET /help',
  right: 'see on machine',
  kind: 'read',
  async run(_asked, { words = [], all = false }) {
    const { helpText } = await import('../reference/help.ts')
    return { text: helpText(words, all) }
  },
})
