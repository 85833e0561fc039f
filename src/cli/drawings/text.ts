/** A text as it is. */
import type { metricsRequest } from '../../controller/requests/metrics.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof metricsRequest>({ text: ({ text }) => text })
