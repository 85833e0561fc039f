/** The releases of a project as a table. */
import type { releasesRequest } from '../../controller/requests/releases.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof releasesRequest>({
  text: (rows, { params }) =>
    rows.length === 0
      ? `Nothing of ${params.name} was deployed yet.\n`
      : tableText(
          [
            '',
            'name',
            'release',
            'status',
            'kept',
            'commit',
            'pillar',
            'by',
            'started',
            'seconds',
            'author',
            'subject',
          ],
          rows.map(one => [
            one.current ? '*' : ' ',
            one.name,
            one.release,
            one.bundle === null ? one.status : `${one.status}, ${one.bundle === 'failed' ? 'not bundled' : 'bundling'}`,
            one.kept ? 'yes' : null,
            one.commit?.slice(0, 10),
            one.pillar_commit?.slice(0, 10),
            one.by,
            one.started_at,
            one.seconds,
            one.author,
            [one.subject, ...one.tags.map(tag => `(${tag})`)].join(' '),
          ]),
        ),
})
