/** The table of the modes as people read it; the README's copy is held to it. */
import type { AnswerOf } from '../../controller/request.ts'
import type { modesRequest } from '../../controller/requests/modes.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof modesRequest>({ text: modesText })

export function modesText(table: AnswerOf<typeof modesRequest>): string {
  const [first = {}] = Object.values(table)
  const cell = (row: 'run' | { readonly skip: string } | undefined) =>
    row === undefined ? null : row === 'run' ? 'run' : `skip: ${row.skip}`
  return tableText(
    ['procedure', ...Object.keys(table)],
    Object.keys(first).map(name => [name, ...Object.values(table).map(rows => cell(rows[name]))]),
  )
}
