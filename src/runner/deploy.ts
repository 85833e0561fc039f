/** Serves one request: from a line in the queue to a verdict. One screen says how a deployment runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { backupScheduleChanged, scheduleBackups } from '../deployment/backup-schedule.ts'
import { rememberSaved } from '../deployment/configuration.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { passGates } from '../deployment/gates.ts'
import { prepareNext } from '../deployment/release-tree.ts'
import { keepReserve, settlePrefetched } from '../deployment/space.ts'
import { preparedOrigin } from '../git/prepared-tree.ts'
import { unmoveBranch } from '../git/refs.ts'
import { commitSubject } from '../git/subject.ts'
import type { EndState, Fault } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { giveRoomBy } from '../kernel/room.ts'
import { writeRecord } from '../pipeline/history.ts'
import { nameOf } from '../pipeline/numbers.ts'
import type { Request } from '../pipeline/queue.ts'
import { carryOut, type RunPlan } from '../pipeline/run.ts'
import { refuseEarly } from '../procedures/trigger.ts'
import { localShell } from '../shell/local.ts'
import { type Begun, beginDeployment } from './begin.ts'
import { type Ending, finish } from './finish.ts'
import { openDeployment } from './open.ts'
import { refused } from './refused.ts'
import { runPlanOf } from './run-plan.ts'
import type { Serving } from './serving.ts'

/** Never throws. The verdict is written before the work that may wait. `left`: what a dead runner had begun is taken back. */
export async function serveRequest(serving: Serving, request: Request, left: Fault | null = null): Promise<EndState> {
  const { layout } = serving
  const begun = await beginDeployment(serving, request, left)
  let deployment: Deployment | null = null
  let ending: Ending
  try {
    deployment = await openDeployment(serving, begun)
    const plan = await prepared(deployment, left)
    await tellStart(deployment, begun)
    if (!left) await passGates(deployment)
    // On the way forward, what finds no room fails: what is put aside is for the way back.
    giveRoomBy(null)
    const state = request.plan ? await planned(deployment, plan) : await carryOut(deployment, plan)
    keepResult(deployment, begun, state)
    ending = { state, afterVerdict: afterVerdictOf(deployment, state), notifications: deployment.notifications }
  } catch (error) {
    ending = await refused(layout, begun, deployment, error)
  }
  await finish(serving, begun, ending)
  return ending.state
}

/** Throws what can be known before the first step. */
async function prepared(deployment: Deployment, left: Fault | null): Promise<RunPlan<Deployment>> {
  const { layout, release, request } = deployment
  await settlePrefetched(deployment)
  if (!left && !request.plan) refuseEarly(deployment)
  if (!left) {
    rememberSaved(layout, layout.deployment(release).savedBefore)
    keepReserve(layout)
  }
  return runPlanOf(deployment, left)
}

async function tellStart(deployment: Deployment, { record }: Begun): Promise<void> {
  const { layout, shell, mode, release, commit, branch, request, emit } = deployment
  const subject = commit === null ? null : await commitSubject(shell, layout.projectGit, commit)
  Object.assign(record, { mode, commit, subject, branch })
  writeRecord(layout, record)
  const name = record.number === null ? null : nameOf(record)
  const { by, kind } = request
  emit({ type: 'started', project: layout.name, mode, release, name, commit, subject, by, kind })
  for (const text of await unprovenOf(layout)) emit({ type: 'note', level: 'warning', text })
}

/** Of a project of before: what is lost of its settings, for it could not be proven. */
async function unprovenOf(layout: ProjectLayout): Promise<string[]> {
  if (!existsSync(join(layout.own, 'unproven.json'))) return []
  return (await import('../deployment/own-folder.ts')).takeUnproven(layout)
}

/** Says what would run. A push that only asked for that leaves the branch where it was: pushed again, it deploys. */
async function planned({ layout, request, emit }: Deployment, { rows }: RunPlan<Deployment>): Promise<EndState> {
  for (const { procedure, row } of rows) {
    const text = 'run' in row ? procedure.name : `${procedure.name}: skipped, ${row.skip}`
    emit({ type: 'note', level: 'info', text })
  }
  const { kind, branch, commit: refused, before } = request
  if ((kind === 'push' || kind === 'pillar') && branch !== null && refused !== null) {
    const gitDir = kind === 'pillar' ? layout.pillarGit : layout.projectGit
    await unmoveBranch(localShell, gitDir, { branch, refused, before }, 'corpus: only planned')
  }
  return 'planned'
}

function keepResult(deployment: Deployment, { record, output }: Begun, state: EndState): void {
  const { commit, pillarCommit, tree, url, refused, fault, timings } = deployment
  const isDone = state === 'succeeded'
  record.commit = isDone ? commit : (refused ?? commit)
  if (isDone) record.pillar_commit = pillarCommit
  Object.assign(record, { tree: isDone ? tree : null, url, procedures: timings })
  if (fault) record.fault = output.scrubbed(fault)
}

function afterVerdictOf(deployment: Deployment, state: EndState): Ending['afterVerdict'] {
  const { layout, request, madeTree, afterVerdict } = deployment
  // The copy for the next push went with the tree that was made, or is of the release that was left.
  const isUsed = madeTree || request.kind === 'rollback' || preparedOrigin(layout.preparedTree) === undefined
  return [
    ...afterVerdict,
    ...(state !== 'rollback failed' && !request.plan && isUsed ? [() => prepareNext(deployment)] : []),
    ...(state === 'succeeded' && backupScheduleChanged(deployment) ? [() => scheduleBackups(deployment)] : []),
  ]
}
