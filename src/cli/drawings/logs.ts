/** Logs as they come: of a deployment its text, of an application a line each. */
import type { logsRequest } from '../../controller/requests/logs.ts'
import { visible } from '../../kernel/visible.ts'
import type { LogLine } from '../../services/logs.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof logsRequest>({
  stops: true,
  live: ({ json, print }) => {
    return telling => {
      if (telling.kind === 'line') print(json ? `${JSON.stringify(telling.line)}\n` : lineText(telling.line))
      if (telling.kind === 'log' && !json) print(telling.text)
    }
  },
})

const lineText = ({ time, process: name, text }: LogLine) =>
  `${time === '' ? '' : `${time.slice(0, 23)} `}${name}: ${visible(text)}\n`
