/** What was stopped, and how it ended. */
import type { cancelRequest } from '../../controller/requests/cancel.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof cancelRequest>({
  text: ({ release, state }) => `${release}: ${state}\n`,
  // A failed deployment was going back already: what is left of it was stopped, and what ran before runs.
  status: ({ state }) => (state === 'cancelled' || state === 'rolled back' ? 0 : 1),
})
