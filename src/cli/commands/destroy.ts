/** corpus destroy. */
import { defineCommand, textOption } from '../command.ts'

export const destroyCommand = defineCommand({
  name: 'destroy',
  does: 'Removes a project with all its data.',
  arguments: ['NAME'],
  isNamed: true,
  options: [{ flags: '--confirm NAME', does: 'the name once more' }],
  answers: true,
  example: 'corpus destroy demo --confirm demo',
  async run(invocation) {
    const { destroy } = await import('../../controller/destroy.ts')
    const done = await destroy(invocation.context, invocation.args[0] ?? '', textOption(invocation, 'confirm'))
    invocation.print(invocation.json ? `${JSON.stringify({ done })}\n` : `${done.join('\n')}\n`)
    return 0
  },
})
