/** The audit: a line a change. */
import type { auditRequest } from '../../controller/requests/audit.ts'
import type { auditVerifyRequest } from '../../controller/requests/audit-verify.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof auditRequest>({
  text: lines =>
    lines.length === 0
      ? 'Nothing was changed.\n'
      : tableText(
          ['line', 'time', 'who', 'from', 'what', 'of', 'outcome'],
          lines.map(one => [
            String(one.number),
            new Date(one.at).toISOString().slice(0, 19),
            one.who,
            one.from,
            one.request,
            one.target ?? '',
            one.outcome,
          ]),
        ),
})

export const verifyDrawing = draw<typeof auditVerifyRequest>({
  text: ({ lines, hash }) => `${lines} lines hold; the last one is ${hash || 'not there yet'}\n`,
})
