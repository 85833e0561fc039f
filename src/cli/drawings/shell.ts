/** A shell is on a terminal, and says all itself. */
import type { shellRequest } from '../../controller/requests/shell.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof shellRequest>({ status: ({ status }) => status })
