/** corpus agent. */
import { CorpusError } from '../../kernel/errors.ts'
import { visible } from '../../kernel/visible.ts'
import { defineCommand, type Invocation, textOption } from '../command.ts'
import { type Colour, paintFor } from '../paint.ts'

export const agentCommand = defineCommand({
  name: 'agent',
  does: 'Keeps runners loaded and waiting, so that a push does not wait for Node to start, and what applications need (supervisor, nginx, certificates) running. Runs until it is told to stop.',
  options: [
    { flags: '--metrics PORT', does: 'serves figures for Prometheus at http://127.0.0.1:PORT/metrics' },
    { flags: '--enable', does: 'starts it now and with the machine, by systemd or cron' },
    { flags: '--disable', does: 'takes that back, and stops it' },
    { flags: '--logs', does: 'what it and its runners said last' },
    { flags: '--lines COUNT', does: 'with --logs: how many, 100 without it' },
  ],
  answers: true,
  example: 'corpus agent --enable',
  async run(invocation) {
    const { enable, disable } = invocation.options
    if (enable && disable) throw new CorpusError('USAGE', 'Either --enable or --disable.')
    if (invocation.options['logs']) return showLogs(invocation)
    if (textOption(invocation, 'lines') !== undefined) throw new CorpusError('USAGE', '--lines goes with --logs.')
    if (!enable && !disable) return invocation.doors.agent(invocation.context.root, invocation.options)
    const { disableAgent, enableAgent } = await import('../../controller/agent.ts')
    const done = enable
      ? await enableAgent(invocation.context, textOption(invocation, 'metrics'))
      : await disableAgent(invocation.context)
    invocation.print(`${done}\n`)
    return 0
  },
})

/** As JSON an object a line. */
async function showLogs(invocation: Invocation): Promise<number> {
  const count = textOption(invocation, 'lines') ?? '100'
  if (!/^\d{1,6}$/.test(count)) throw new CorpusError('USAGE', '--lines is a whole number.')
  const { agentLogEntries } = await import('../../controller/agent.ts')
  const { drawn } = await import('../../log/view.ts')
  const paint = paintFor(process.stdout)
  const colours: Readonly<Record<string, Colour>> = { warn: 'yellow', error: 'red', fatal: 'red' }
  for (const entry of agentLogEntries(invocation.context.root, { lines: Number(count) })) {
    const text = drawn({ ...entry, message: visible(entry.message) }, (level, word) => {
      const colour = colours[level]
      return colour === undefined ? word : paint(colour, word)
    })
    process.stdout.write(invocation.json ? `${JSON.stringify(entry)}\n` : `${text}\n`)
  }
  return 0
}
