/** How many deployments of a project ended how, and how long its procedures took: those whose records were rotated away, too. */
import { join } from 'node:path'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { DeploymentRecord } from './history.ts'

export interface Tally {
  readonly outcomes: Readonly<Record<string, number>>
  readonly procedures: Readonly<Record<string, { readonly count: number; readonly milliseconds: number }>>
}

/** What runs still is not counted. */
export function tallied(records: Iterable<DeploymentRecord>, before: Tally): Tally {
  const outcomes = { ...before.outcomes }
  const procedures = { ...before.procedures }
  for (const record of records) {
    if (record.status === 'running') continue
    outcomes[record.status] = (outcomes[record.status] ?? 0) + 1
    for (const { name, milliseconds } of record.procedures) {
      const was = procedures[name] ?? { count: 0, milliseconds: 0 }
      procedures[name] = { count: was.count + 1, milliseconds: was.milliseconds + milliseconds }
    }
  }
  return { outcomes, procedures }
}

/** Of the records that are gone. A damaged one counts from nothing: it is a figure, and no reason to fail. */
export function rotatedTally(layout: ProjectLayout): Tally {
  const nothing = { outcomes: {}, procedures: {} }
  try {
    return jsonIfThere<Tally>(fileOf(layout)) ?? nothing
  } catch {
    return nothing
  }
}

export function addRotated(layout: ProjectLayout, records: readonly DeploymentRecord[]): void {
  if (records.length > 0) writeWhole(fileOf(layout), JSON.stringify(tallied(records, rotatedTally(layout))))
}

const fileOf = (layout: ProjectLayout): string => join(layout.deployments, 'tally.json')
