/** corpus modes. */

import { procedureNames } from '../../kernel/procedure-names.ts'
import { modes } from '../../modes/index.ts'
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'

export const modesCommand = defineCommand({
  name: 'modes',
  does: 'Prints which procedures each mode runs, and why it skips the others.',
  answers: true,
  example: 'corpus modes --json',
  async run(invocation) {
    const table = Object.fromEntries(
      Object.entries(modes).map(([mode, rows]) => [
        mode,
        Object.fromEntries(procedureNames.map(name => [name, 'run' in rows[name] ? 'run' : rows[name]])),
      ]),
    )
    if (invocation.json) invocation.print(`${JSON.stringify(table)}\n`)
    else invocation.print(modesText())
    return 0
  },
})

/** The table as people read it; the README's copy is held to it. */
export function modesText(): string {
  const cell = (row: (typeof modes)['final']['trigger']) => ('run' in row ? 'run' : `skip: ${row.skip}`)
  return tableText(
    ['procedure', ...Object.keys(modes)],
    procedureNames.map(name => [name, ...Object.values(modes).map(rows => cell(rows[name]))]),
  )
}
