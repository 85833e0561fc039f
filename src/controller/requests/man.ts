/** man: the manual page. */
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'

export const manRequest = defineRequest({
  name: 'man',
  does: 'Prints the manual page.',
  example: 'corpus man > /usr/local/share/man/man1/corpus.1',
  params: object({}),
  answer: object({ text: text('in man(7)') }),
  http: 'GET /man',
  right: 'see on machine',
  kind: 'read',
  async run() {
    const { manualPage } = await import('../reference/man.ts')
    return { text: manualPage() }
  },
})
