/** Turns a mode's table and a request into the rows of one deployment, in order: data that can be printed before anything runs. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import type { ModeTable, Row } from './mode.ts'

export interface PlanRow<Name extends string = string> {
  readonly procedure: Name
  readonly row: Row
}

export interface Choice {
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
}

/** Throws PROCEDURE_UNKNOWN with all that `order` does not have. */
export function checkChoice(order: readonly string[], choice: Choice): void {
  const known = new Set(order)
  const unknown = [...(choice.only ?? []), ...(choice.skip ?? [])].filter(name => !known.has(name))
  const [first] = unknown
  if (first === undefined) return
  throw new CorpusError(
    'PROCEDURE_UNKNOWN',
    `There is no procedure ${unknown.map(shown).join(', ')}.${meant(first, order)}`,
    { detail: `Procedures: ${order.join(', ')}` },
  )
}

/** Rows for the procedures named by `order`. Unknown names in the choice are refused, all at once. */
export function planOf<Name extends string>(
  order: readonly Name[],
  table: ModeTable<Name>,
  choice: Choice = {},
): PlanRow<Name>[] {
  checkChoice(order, choice)
  return order.map(procedure => ({ procedure, row: rowFor(procedure, table[procedure], choice) }))
}

function rowFor(procedure: string, row: Row, choice: Choice): Row {
  if ('skip' in row) return row
  if (choice.skip?.includes(procedure)) return { skip: 'asked to skip it' }
  if (choice.only && !choice.only.includes(procedure)) return { skip: 'not among the procedures asked for' }
  return row
}

export const runs = (rows: readonly PlanRow[], procedure: string): boolean =>
  rows.some(row => row.procedure === procedure && 'run' in row.row)
