/** Help: that of one command is the command's own. */
import type { helpRequest } from '../../controller/requests/help.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof helpRequest>({
  text: ({ text }) => text,
  instead: ({ json, params: { words = [] }, entrances }) =>
    json || words.length === 0 ? undefined : entrances.command([...words, '--help']),
})
