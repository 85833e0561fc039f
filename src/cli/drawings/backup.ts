/** Backups: what one took, and which there are. */
import type { backupCreateRequest } from '../../controller/requests/backup-create.ts'
import type { backupListRequest } from '../../controller/requests/backup-list.ts'
import type { backupVerifyRequest } from '../../controller/requests/backup-verify.ts'
import { readable } from '../../disk/space.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const createDrawing = draw<typeof backupCreateRequest>({
  text(made) {
    const absent = made.absent.length > 0 ? `; not there yet: ${made.absent.join(', ')}` : ''
    const short = `${made.incomplete ? '; files that went meanwhile are not in it' : ''}${absent}`
    return `${made.id.slice(0, 8)}: ${made.files} files, ${readable(made.bytes)}, ${readable(made.addedBytes)} of it new${short}\n`
  },
})

export const listDrawing = draw<typeof backupListRequest>({
  text: rows =>
    tableText(
      ['backup', 'made', 'on'],
      rows.map(one => [one.id.slice(0, 8), one.time, one.host]),
    ),
})

export const verifyDrawing = draw<typeof backupVerifyRequest>({ text: () => 'the backups are sound\n' })
