/** corpus agent. */
import { defineCommand } from '../command.ts'

export const agentCommand = defineCommand({
  name: 'agent',
  does: 'Keeps runners loaded and waiting, so that a push does not wait for Node to start. Runs until it is told to stop.',
  example: 'corpus agent &',
  run: invocation => invocation.doors.agent(invocation.context.root, invocation.options),
})
