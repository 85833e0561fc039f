/** Which procedures each mode runs, as a table. */

import { procedureNames } from '../kernel/procedure-names.ts'
import { modes } from '../modes/index.ts'

/** By mode, and then by procedure in the order in which they run. */
export type ModesTable = Readonly<Record<string, Readonly<Record<string, 'run' | { readonly skip: string }>>>>

export function modesTable(): ModesTable {
  return Object.fromEntries(
    Object.entries(modes).map(([mode, rows]) => [
      mode,
      Object.fromEntries(
        procedureNames.map(name => {
          const row = rows[name]
          return [name, 'run' in row ? 'run' : { skip: row.skip }]
        }),
      ),
    ]),
  )
}
