/** What serves is this process. */
import type { serveRequest } from '../../controller/requests/serve.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof serveRequest>({
  isEntrance: true,
  instead: ({ params: { listen, domain }, asked, entrances }) => entrances.serve(asked, { listen, domain }),
})
