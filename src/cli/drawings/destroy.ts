/** What was done, a sentence each. */
import type { destroyRequest } from '../../controller/requests/destroy.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof destroyRequest>({ text: ({ done }) => `${done.join('\n')}\n` })
