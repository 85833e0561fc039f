/** A deployment as it goes: its log to standard output, or with --json to standard error, where the record is the answer. */
import type { deployRequest } from '../../controller/requests/deploy.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof deployRequest>({
  live: ({ json, print }) => {
    const write = json ? (text: string) => void process.stderr.write(text) : print
    return telling => {
      if (telling.kind === 'log') write(telling.text)
    }
  },
})
