/** rollback: the release that ran before comes back, with its tree, pillar and configuration. */
import { bringBack } from '../deployment/bring-back.ts'
import { restoreSaved } from '../deployment/configuration.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { stopProcesses } from '../deployment/processes.ts'
import { discard } from '../deployment/rotation.ts'
import { freeReserve, isScarce, roomOf } from '../deployment/space.ts'
import { removeNow } from '../disk/remove.ts'
import { preparedOrigin } from '../git/prepared-tree.ts'
import { putBranchBack, wayBackOf } from '../git/refs.ts'
import { giveRoomBy } from '../kernel/room.ts'
import { nameOf } from '../pipeline/numbers.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { pillarCommitOf } from '../project/pillar.ts'
import { goBack, returnBranches, returnData } from './go-back.ts'

export const rollback = defineProcedure({
  name: 'rollback',
  when: 'error',
  does: 'Undoes what the steps did, the newest first, brings back the release before with its pillar and configuration, and runs that again.',
  asked: goBack,
  async run(deployment: Deployment, way) {
    const { layout, shell, release, request, previous } = deployment
    freeReserve(deployment)
    giveRoomBy(roomOf(layout))
    await removeHalfMade(deployment)
    deployment.emit({ type: 'rollback', to: previous?.release ?? null, toName: previous && nameOf(previous) })
    // Nothing ran before, so nothing runs while that is brought back.
    if (previous === null) await stopProcesses(layout, shell)
    await way.undo()
    restoreSaved(layout, layout.deployment(release).savedBefore)
    await bringBack(deployment, previous)
    await returnData(deployment)
    if (request.kind === 'rollback') await returnBranches(deployment)
    else if (request.kind === 'pillar') await putPillarBranchBack(deployment)
    else await putBranchBackOf(deployment)
  },
  /** The rollback hook ran in the restored tree (a dump may have been loaded there): now that release starts again. */
  async after(deployment: Deployment, way) {
    if (deployment.previous) await way.again()
    for (const work of deployment.whenBack) await work()
  },
})

/** What was being made when it failed, or was on its way to the commit, is a copy of nothing: it takes room, and here that may be short. */
async function removeHalfMade(deployment: Deployment): Promise<void> {
  const { layout, shell, prefetchedTree } = deployment
  await prefetchedTree?.done
  if (preparedOrigin(layout.preparedTree) !== undefined) return
  if (isScarce(deployment)) await removeNow(shell, layout.preparedTree)
  else await discard(deployment, layout.preparedTree, null)
}

/** The branch names what runs again, so that pushing the same pillar tries again. */
async function putPillarBranchBack(deployment: Deployment): Promise<void> {
  const { layout, shell, request, release, previous } = deployment
  const { branch, commit: refused } = request
  if (branch === null || refused === null) return
  const before = wayBackOf(layout.pillarGit, { branch, before: request.before }, previous?.pillar_commit ?? null)
  if (before === refused) return
  await putBranchBack(shell, layout.pillarGit, { branch, refused, before, release })
  if (before === null && pillarCommitOf(layout) === null) note(deployment, 'the pillar is empty again')
}

/** The branch names what runs again, so that pushing the same commit tries again. */
async function putBranchBackOf(deployment: Deployment): Promise<void> {
  const { layout, shell, request, release, previous, refused } = deployment
  const branch = deployment.branch ?? request.branch
  if (branch === null || refused === null) return
  // Who asked for a deployment did not say what the branch was.
  const was = request.kind === 'deploy' ? (previous?.commit ?? null) : request.before
  const before = wayBackOf(layout.projectGit, { branch, before: was }, previous?.commit ?? null)
  if (refused === before) return
  const moved = await putBranchBack(shell, layout.projectGit, { branch, refused, before, release })
  note(
    deployment,
    moved
      ? `${branch} is back at ${before?.slice(0, 10) ?? 'nothing'}; the refused commit is kept on the server as refs/corpus/failed/${release}`
      : `${branch} has moved on and stays`,
  )
}
