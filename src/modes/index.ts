/** The modes by name, and what a pillar push and a rollback leave of their tables. */
import type { ModeName } from '../configuration/platform.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { type ProcedureName, pillarProcedures, procedureNames } from '../kernel/procedure-names.ts'
import { type ModeTable, type Row, skip } from '../pipeline/mode.ts'
import type { RequestKind } from '../pipeline/queue.ts'
import { cooking } from './cooking.ts'
import { editable } from './editable.ts'
import { final } from './final.ts'

export const modes: Readonly<Record<ModeName, ModeTable<ProcedureName>>> = { editable, cooking, final }

export function modeName(text: string): ModeName {
  if (text in modes) return text as ModeName
  throw new CorpusError('MODE_UNKNOWN', `There is no mode ${shown(text)}.${meant(text, Object.keys(modes))}`)
}

/** What a request leaves of a mode's table. */
export function tableFor(mode: ModeName, kind: RequestKind): ModeTable<ProcedureName> {
  const table = modes[mode]
  if (kind === 'pillar')
    return narrowed(table, name => (pillarProcedures.includes(name) ? null : 'only the pillar was pushed'))
  // Going back is a step of its own; what it runs again, it runs itself.
  if (kind === 'rollback')
    return narrowed(table, name => (stays.includes(name) ? null : 'the release was built before'))
  return table
}

const stays: readonly ProcedureName[] = ['trigger', 'rollback', 'notification']

function narrowed(
  table: ModeTable<ProcedureName>,
  why: (name: ProcedureName) => string | null,
): ModeTable<ProcedureName> {
  const rows = procedureNames.map((name): [ProcedureName, Row] => {
    const because = why(name)
    return [name, because === null || 'skip' in table[name] ? table[name] : skip(because)]
  })
  return Object.fromEntries(rows) as Record<ProcedureName, Row>
}
