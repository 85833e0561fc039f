/** Rows in columns, for people; what has no value shows as a dash. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
): string {
  const cells = [
    head,
    ...rows.map(row => row.map(cell => (cell === null || cell === undefined || cell === '' ? '-' : String(cell)))),
  ]
  const widths = head.map((_, at) => Math.max(...cells.map(row => (row[at] ?? '').length)))
  return cells
    .map(
      row =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
