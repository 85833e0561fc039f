/** corpus agent. */
import { defineCommand } from '../command.ts'

export const agentCommand = defineCommand({
  name: 'agent',
  does: 'Keeps runners loaded and waiting, so that a push does not wait for Node to start. Runs until it is told to stop.',
  options: [{ flags: '--metrics PORT', does: 'serves figures for Prometheus at http://127.0.0.1:PORT/metrics' }],
  example: 'corpus agent --metrics 9180 &',
  run: invocation => invocation.doors.agent(invocation.context.root, invocation.options),
})
