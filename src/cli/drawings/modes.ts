/** The tables of the modes as people read it; the README's copy is held to them. */
import type { AnswerOf } from '../../controller/request.ts'
import type { modesRequest } from '../../controller/requests/modes.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof modesRequest>({ text: modesText })

type Table = AnswerOf<typeof modesRequest>

export function modesText(tables: Table): string {
  const [first = {}] = Object.values(tables)
  const runs = tableText(
    ['procedure', ...Object.keys(tables)],
    Object.keys(first).map(name => [name, ...Object.values(tables).map(rows => (rows[name] === 'run' ? 'run' : '-'))]),
  )
  return `${runs}\n${tableText(['not run in', 'because', 'procedures'], reasons(tables))}`
}

/** A line for each reason of a table, with all that it speaks of. */
function reasons(tables: Table): string[][] {
  return Object.entries(tables).flatMap(([title, rows]) => {
    const byReason = new Map<string, string[]>()
    for (const [name, row] of Object.entries(rows))
      if (row !== 'run') byReason.set(row.skip, [...(byReason.get(row.skip) ?? []), name])
    return [...byReason].map(([because, names]) => [title, because, names.join(', ')])
  })
}
