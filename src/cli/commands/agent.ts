/** corpus agent. */
import { CorpusError } from '../../kernel/errors.ts'
import { defineCommand, textOption } from '../command.ts'

export const agentCommand = defineCommand({
  name: 'agent',
  does: 'Keeps runners loaded and waiting, so that a push does not wait for Node to start, and what applications need (supervisor, nginx, certificates) running. Runs until it is told to stop.',
  options: [
    { flags: '--metrics PORT', does: 'serves figures for Prometheus at http://127.0.0.1:PORT/metrics' },
    { flags: '--enable', does: 'starts it now and with the machine, by systemd or cron' },
    { flags: '--disable', does: 'takes that back, and stops it' },
  ],
  example: 'corpus agent --enable',
  async run(invocation) {
    const { enable, disable } = invocation.options
    if (enable && disable) throw new CorpusError('USAGE', 'Either --enable or --disable.')
    if (!enable && !disable) return invocation.doors.agent(invocation.context.root, invocation.options)
    const { disableAgent, enableAgent } = await import('../../controller/agent.ts')
    const done = enable
      ? await enableAgent(invocation.context, textOption(invocation, 'metrics'))
      : await disableAgent(invocation.context)
    invocation.print(`${done}\n`)
    return 0
  },
})
