/** A command of the application on this terminal. */
import type { runRequest } from '../../controller/requests/run.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof runRequest>({
  async instead({ asked, params }) {
    const { runOnce } = await import('../../controller/run.ts')
    return runOnce(asked, params.name, params.command ?? [])
  },
  status: ({ status }) => status,
})
