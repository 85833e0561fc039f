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
    const [name = ''] = invocation.args
    await freeze(invocation.context, name, textOption(invocation, 'why') ?? '')
    invocation.print(`${name} is frozen: pushes are refused until corpus thaw ${name}\n`)
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
    const [name = ''] = invocation.args
    await thaw(invocation.context, name)
    invocation.print(`${name} is not frozen: pushes deploy\n`)
    return 0
  },
})
