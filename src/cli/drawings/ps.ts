/** The processes of an application as a table. */
import type { psRequest } from '../../controller/requests/ps.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof psRequest>({
  text: (rows, { params }) =>
    rows.length === 0
      ? `${params.name} has no processes.\n`
      : tableText(
          ['process', 'pid', 'state', 'address', 'restarts', 'last exit', 'release'],
          rows.map(one => [one.name, one.pid, one.state, one.address, one.restarts, one.last_exit, one.release]),
        ),
})
