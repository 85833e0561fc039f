/** What serves is a process of its own. */
import type { serveRequest } from '../../controller/requests/serve.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof serveRequest>({ text: ({ did }) => did.map(sentence => `${sentence}\n`).join('') })
