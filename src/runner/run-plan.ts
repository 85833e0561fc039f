/** What one deployment runs, in which order: the tables, the request and the procedures of the project's api_version together. */
import { settingOf } from '../configuration/settings/index.ts'
import { makeCurrent } from '../deployment/commit.ts'
import { keepFindings } from '../deployment/configuration.ts'
import type { Deployment } from '../deployment/deployment.ts'
import type { Fault } from '../kernel/events.ts'
import { tableFor } from '../modes/index.ts'
import { makesRelease, type PlanRow, planOf } from '../pipeline/plan.ts'
import type { Request } from '../pipeline/queue.ts'
import type { RunPlan } from '../pipeline/run.ts'
import { procedures, proceduresOf } from '../procedures/index.ts'
import { runProcedureFile } from '../statefiles/run.ts'

/** Throws PROCEDURE_UNKNOWN, API_VERSION_UNKNOWN. `left`: why what a dead runner had begun is taken back. */
export function runPlanOf(deployment: Deployment, left: Fault | null): RunPlan<Deployment> {
  const { cfg, found, journal, previous } = deployment
  const known = proceduresOf(settingOf(cfg, 'api_version'))
  const rows = rowsOf(deployment, known)
  if (!makesRelease(rows)) {
    found.commit = previous?.commit ?? found.commit
    keepFindings(deployment)
  }
  return { rows, procedures: known, journal, left, stateFile: runProcedureFile, commit: makeCurrent }
}

/** Who asks for one procedure alone, or goes back, wants no word of the others. */
function rowsOf(
  { mode, request, previous }: Deployment,
  known: RunPlan<Deployment>['procedures'],
): readonly PlanRow<Deployment>[] {
  const { kind, only } = request
  const all = planOf(known, tableFor(mode, { kind, isFirst: previous === null }), request)
  if (kind !== 'procedure' && kind !== 'rollback') return all
  return all.filter(({ procedure, row }) => 'run' in row || only?.includes(procedure.name))
}

/** Whether a request is one for a new tree, as far as can be said before anything is read of the project. */
export function wantsTree({ kind, plan, only, skip }: Request): boolean {
  if (kind !== 'push' || plan) return false
  const makers = procedures.filter(one => one.makesRelease).map(one => one.name)
  return makers.some(name => (only?.includes(name) ?? true) && !skip?.includes(name))
}
