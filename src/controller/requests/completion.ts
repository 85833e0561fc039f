/** completion: words that a shell completes. */
import { defineRequest } from '../request.ts'
import { object, oneOf, text } from '../schema.ts'

export const completionRequest = defineRequest({
  name: 'completion',
  does: 'Prints what lets a shell complete words of corpus: bash, zsh or fish.',
  example: 'corpus completion bash > /etc/bash_completion.d/corpus',
  params: object({ shell: oneOf(['bash', 'zsh', 'fish'], { word: 'SHELL', description: 'which' }) }),
  answer: object({ text: text() }),
  http: 'GET /completion/{shell}',
  right: 'see on machine',
  kind: 'read',
  async run(_asked, { shell }) {
    const { completions } = await import('../reference/completion.ts')
    return { text: completions[shell]() }
  },
})
