/** corpus freeze and thaw. */
import { defineCommand, textOption } from '../command.ts'

export const freezeCommand = defineCommand({
  name: 'freeze',
  does: 'Refuses every deployment of a project until it is thawed; what runs goes on.',
  arguments: ['NAME'],
  options: [{ flags: '--why TEXT', does: 'told to whoever pushes' }],
  example: "corpus freeze demo --why 'migration until noon'",
  async run(invocation) {
    const { freeze } = await import('../../controller/freeze.ts')
    await freeze(invocation.context, invocation.args[0] ?? '', textOption(invocation, 'why') ?? '')
    return 0
  },
})

export const thawCommand = defineCommand({
  name: 'thaw',
  does: 'Lets a frozen project be deployed again.',
  arguments: ['NAME'],
  example: 'corpus thaw demo',
  async run(invocation) {
    const { thaw } = await import('../../controller/freeze.ts')
    await thaw(invocation.context, invocation.args[0] ?? '')
    return 0
  },
})
