/** Which procedures run in each mode, for a push of the pillar and for going back, as tables of one shape. */

import { procedureNames } from '../kernel/procedure-names.ts'
import { tables } from '../modes/index.ts'

/** By table, and then by procedure in the order in which they run. */
export type ModesTable = Readonly<Record<string, Readonly<Record<string, 'run' | { readonly skip: string }>>>>

export function modesTable(): ModesTable {
  return Object.fromEntries(
    Object.entries(tables).map(([title, rows]) => [
      title,
      Object.fromEntries(
        procedureNames.map(name => {
          const row = rows[name]
          return [name, 'run' in row ? 'run' : { skip: row.skip }]
        }),
      ),
    ]),
  )
}
