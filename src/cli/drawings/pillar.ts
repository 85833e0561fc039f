/** A change of the pillar as its push goes. */
import type { pillarSetRequest } from '../../controller/requests/pillar-set.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof pillarSetRequest>({
  live: ({ json, print }) => {
    const write = json ? (text: string) => void process.stderr.write(text) : print
    return telling => {
      if (telling.kind === 'log') write(telling.text)
    }
  },
})
