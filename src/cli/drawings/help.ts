/** Help: that of one command is the command's own. */
import type { helpRequest } from '../../controller/requests/help.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof helpRequest>({ text: ({ text }) => text })
