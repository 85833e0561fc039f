/** Turns a mode's table and a request into the rows of one deployment, in order: data that can be printed before anything runs. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import type { ModeTable, Row } from './mode.ts'
import type { Procedure } from './procedure.ts'

export interface PlanRow<Deployment> {
  readonly procedure: Procedure<Deployment>
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

/** A row for each procedure, in order. Unknown names in the choice are refused, all at once. */
export function planOf<Deployment>(
  procedures: readonly Procedure<Deployment>[],
  table: ModeTable,
  choice: Choice = {},
): PlanRow<Deployment>[] {
  checkChoice(
    procedures.map(({ name }) => name),
    choice,
  )
  const chosen = choice.only && procedures.filter(({ name }) => choice.only?.includes(name))
  // Where a release is made, its failure is taken back, whatever was asked for.
  const isWhole = chosen?.some(one => one.makesRelease) ?? false
  return procedures.map(procedure => {
    const { name, when } = procedure
    const isChosen = chosen === undefined || chosen.includes(procedure) || (isWhole && when !== undefined)
    return { procedure, row: rowFor(table[name], isChosen, choice.skip?.includes(name) ?? false) }
  })
}

function rowFor(row: Row | undefined, isChosen: boolean, isLeftOut: boolean): Row {
  if (row === undefined) throw new CorpusError('INTERNAL', 'A table of a mode does not name every procedure.')
  if ('skip' in row) return row
  if (isLeftOut) return { skip: 'asked to skip it' }
  return isChosen ? row : { skip: 'not among the procedures asked for' }
}

/** Whether what runs makes a release of its own. */
export const makesRelease = (rows: readonly PlanRow<never>[]): boolean =>
  rows.some(({ procedure, row }) => procedure.makesRelease === true && 'run' in row)
