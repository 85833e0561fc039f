/** What a deployment would change: each procedure that would run, its state files tried under test=True. */

import type { Deployment } from '../deployment/deployment.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { PlanRow } from '../pipeline/plan.ts'
import type { Procedure } from '../pipeline/procedure.ts'
import { hasWorkIn } from '../project/has-work.ts'
import { writeMissingFiles } from '../project/procedure-files.ts'
import type { Fault } from '../salt/language/faults.ts'
import type { StepResult } from '../salt/runner/result.ts'
import { type ByHand, type ProjectStates, projectStates } from '../statefiles/by-hand.ts'

interface PlannedFile {
  /** As an SLS name: `configure`, `010_app`, `upgrades.2`. */
  readonly sls: string
  readonly results: ReadonlyMap<string, StepResult>
  readonly faults: readonly Fault[]
}

export interface PlannedProcedure {
  readonly procedure: string
  /** Why it would not run. */
  readonly skip: string | null
  readonly does: string
  readonly files: readonly PlannedFile[]
}

export interface PlanInput extends Omit<ByHand, 'rehearsal'> {
  readonly rows: readonly PlanRow<Deployment>[]
  /** The tree is a copy that may get what initialization would write. */
  readonly ownTree: boolean
  readonly signal?: AbortSignal
}

/** Changes nothing. The configuration is one for all: what a file sets in it, later ones see, as in a deployment. */
export async function planStates(asked: PlanInput): Promise<PlannedProcedure[]> {
  const states = await projectStates({ ...asked, rehearsal: true })
  if (asked.ownTree) writeMissingFiles(states.salt, states.installer)
  try {
    return await planned(asked, states)
  } finally {
    states.close()
  }
}

async function planned(asked: PlanInput, states: ProjectStates): Promise<PlannedProcedure[]> {
  const planned: PlannedProcedure[] = []
  for (const { procedure, row } of asked.rows) {
    const { name, does, when } = procedure
    const skip = 'skip' in row ? row.skip : when === 'error' ? 'only after a failure' : null
    const files: PlannedFile[] = []
    for (const sls of skip === null ? filesOf(procedure, states.salt, asked) : []) {
      const { results, faults, aborted } = await states.engine.apply({
        ...states.input,
        sls: [sls],
        ...(asked.signal ? { signal: asked.signal } : {}),
      })
      if (aborted) throw new CorpusError('CANCELLED', 'It was stopped; nothing was changed.')
      files.push({ sls, results, faults })
    }
    planned.push({ procedure: name, skip, does, files })
  }
  return planned
}

/** In the order in which the procedure runs them. */
function filesOf(procedure: Procedure<Deployment>, salt: string, asked: Pick<ByHand, 'layout'>): string[] {
  const { name, stateFile } = procedure
  const own = stateFile !== 'none' && hasWorkIn(salt, name) ? [name] : []
  return [...(procedure.stateFiles?.(salt, asked) ?? []), ...own]
}
