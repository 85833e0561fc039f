/** The tables by name: the modes, and what a push of the pillar and going back leave of them. */
import type { ModeName } from '../configuration/platform.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import type { ProcedureName } from '../kernel/procedure-names.ts'
import { type ModeTable, narrowed } from '../pipeline/mode.ts'
import type { RequestKind } from '../pipeline/queue.ts'
import { cooking } from './cooking.ts'
import { editable } from './editable.ts'
import { final } from './final.ts'
import { firstPillar, pillar } from './pillar.ts'
import { rollback } from './rollback.ts'

export const modes: Readonly<Record<ModeName, ModeTable<ProcedureName>>> = { editable, cooking, final }

/** All that `corpus modes` shows. */
export const tables = { ...modes, pillar, rollback }

export function modeName(text: string): ModeName {
  if (text in modes) return text as ModeName
  throw new CorpusError('MODE_UNKNOWN', `There is no mode ${shown(text)}.${meant(text, Object.keys(modes))}`)
}

/** What a request leaves of a mode's table. `isFirst`: nothing was deployed before. */
export function tableFor(
  mode: ModeName,
  { kind, isFirst }: { readonly kind: RequestKind; readonly isFirst: boolean },
): ModeTable<ProcedureName> {
  if (kind === 'pillar') return narrowed(modes[mode], isFirst ? firstPillar : pillar)
  return kind === 'rollback' ? narrowed(modes[mode], rollback) : modes[mode]
}
