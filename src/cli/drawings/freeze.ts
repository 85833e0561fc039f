/** Whether pushes deploy. */
import type { freezeRequest } from '../../controller/requests/freeze.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof freezeRequest>({
  text: ({ name, frozen }) =>
    frozen
      ? `${name} is frozen: pushes are refused until corpus thaw ${name}\n`
      : `${name} is not frozen: pushes deploy\n`,
})
