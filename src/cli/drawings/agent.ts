/** The agent: without a word of starting with the machine, it is this process. */
import type { agentRequest } from '../../controller/requests/agent.ts'
import type { agentLogsRequest } from '../../controller/requests/agent-logs.ts'
import { visible } from '../../kernel/visible.ts'
import { drawn } from '../../log/view.ts'
import { draw } from '../drawing.ts'
import { type Colour, paintFor } from '../paint.ts'

export const drawing = draw<typeof agentRequest>({ text: ({ done }) => `${done}\n` })

export const logsDrawing = draw<typeof agentLogsRequest>({
  text(entries) {
    const paint = paintFor(process.stdout)
    const colours: Readonly<Record<string, Colour>> = { warn: 'yellow', error: 'red', fatal: 'red' }
    const lines = entries.map(entry =>
      drawn({ ...entry, message: visible(entry.message) }, (level, word) => {
        const colour = colours[level]
        return colour === undefined ? word : paint(colour, word)
      }),
    )
    // Colours pass by what makes odd letters visible.
    process.stdout.write(lines.map(line => `${line}\n`).join(''))
    return ''
  },
})
