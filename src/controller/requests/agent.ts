/** agent: the resident helper, as a part of the machine. */
import { defineRequest } from '../request.ts'
import { flag, object, option, text } from '../schema.ts'

export const agentRequest = defineRequest({
  name: 'agent',
  does: 'Keeps runners loaded and waiting, so that a push does not wait for Node to start, and what applications need (supervisor, nginx, certificates) running. Runs until it is told to stop.',
  example: 'corpus agent --enable',
  params: object({
    metrics: option('PORT', 'serves figures for Prometheus at http://127.0.0.1:PORT/metrics'),
    enable: flag('starts it now and with the machine, by systemd or cron'),
    disable: flag('takes that back, and stops it'),
  }),
  answer: object({ done: text('a sentence') }),
  http: 'POST /agent',
  right: 'admin on machine',
  kind: 'change',
  async run(asked, { metrics, enable = false, disable = false }) {
    const { changeAgent } = await import('../agent.ts')
    return { done: await changeAgent(asked, { metrics, enable, disable }) }
  },
})
