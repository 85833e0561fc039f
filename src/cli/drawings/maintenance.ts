/** Whether the maintenance page is shown. */
import type { maintenanceRequest } from '../../controller/requests/maintenance.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof maintenanceRequest>({
  text: ({ maintenance }) => `maintenance is ${maintenance ? 'on' : 'off'}\n`,
})
