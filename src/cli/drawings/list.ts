/** The projects of a machine as a table. */
import type { listRequest } from '../../controller/requests/list.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof listRequest>({
  text: (rows, { here }) =>
    rows.length === 0
      ? `There is no project ${here === null ? 'there' : `below ${here.root}`} yet: corpus init makes one.\n`
      : tableText(
          ['project', 'mode', 'state', 'release', 'commit', 'url'],
          rows.map(one => [
            one.name,
            one.mode,
            one.state,
            one.release_name ?? one.release,
            one.commit?.slice(0, 10),
            one.url ?? (one.silent_url === null ? null : 'does not answer'),
          ]),
        ),
})
