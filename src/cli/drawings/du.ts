/** What a project takes, part by part. */
import type { duRequest } from '../../controller/requests/du.ts'
import { readable } from '../../disk/space.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof duRequest>({
  text: ({ bytes, parts }) =>
    tableText(
      ['takes', 'what', 'path'],
      [...parts.map(row => [readable(row.bytes), row.what, row.path]), [readable(bytes), 'all', null]],
    ),
})
