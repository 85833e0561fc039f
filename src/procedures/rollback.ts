/** rollback: the release that ran before comes back, with its tree, pillar and configuration. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { restoreConfiguration, restoreSaved } from '../deployment/configuration.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { dataMarker } from '../deployment/kept-data.ts'
import { ensureSalt } from '../deployment/older-salt.ts'
import { isServed, withdrawProcesses } from '../deployment/processes.ts'
import { saltFolderOf } from '../deployment/release-salt.ts'
import { discard } from '../deployment/rotation.ts'
import { freeReserve, isScarce, roomOf } from '../deployment/space.ts'
import { removeNow } from '../disk/remove.ts'
import { forgetTree } from '../git/bare.ts'
import { moveBranch, putBranchBack, wayBackOf } from '../git/refs.ts'
import { spareOrigin } from '../git/spare.ts'
import { linkWhole } from '../kernel/files.ts'
import { giveRoomBy } from '../kernel/room.ts'
import { type DeploymentRecord, readRecord, treeOf } from '../pipeline/history.ts'
import { nameOf } from '../pipeline/numbers.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { bringPillar, pillarBranches, pillarCommitOf } from '../project/pillar.ts'
import { pointSalt } from '../project/salt-place.ts'
import { handOverFolders } from '../project/wiring.ts'
import { runStateFile } from '../statefiles/run.ts'
import { downgradeOf, removeMarker, takeMarkersBack } from './upgrade.ts'

export const rollback = defineProcedure({
  name: 'rollback',
  when: 'error',
  does: 'Moves the failed tree aside, brings back the release before it with its pillar and configuration, and runs that again.',
  async run(deployment: Deployment) {
    const { previous } = deployment
    freeReserve(deployment)
    giveRoomBy(roomOf(deployment.layout))
    await removeHalfMade(deployment)
    deployment.emit({ type: 'rollback', to: previous?.release ?? null, toName: previous && nameOf(previous) })
    await withdrawProcesses(deployment)
    await undoUpgrades(deployment)
    // What visitors are still led into stays where it is until the release before serves again.
    if (!(await isServed(deployment.layout, deployment.release, deployment.shell))) await moveFailedAside(deployment)
    restoreSaved(deployment.layout, deployment.layout.deployment(deployment.release).savedBefore)
    await bringBack(deployment, previous)
    if (existsSync(dataMarker(deployment))) await (await import('../deployment/data.ts')).takeDataBack(deployment)
    await putBranchesBack(deployment)
  },
  /** The rollback hook ran in the restored tree (a dump may have been loaded there): now that release starts again. */
  async after(deployment: Deployment) {
    if (deployment.previous) await runAgain(deployment)
    await moveFailedAside(deployment)
  },
})

/** What was being made when it failed, or was on its way to the commit, is a copy of nothing: it takes room, and here that may be short. */
async function removeHalfMade(deployment: Deployment): Promise<void> {
  const { layout, shell, ahead } = deployment
  await ahead?.done
  if (spareOrigin(layout.spare) !== undefined) return
  if (isScarce(deployment)) await removeNow(shell, layout.spare)
  else await discard(deployment, layout.spare, null)
}

/** Points everything at a release that was kept: tree, pillar, configuration. Nothing of the application has run yet. */
export async function bringBack(deployment: Deployment, to: DeploymentRecord | null): Promise<void> {
  const { layout } = deployment
  const tree = to === null ? null : treeOf(layout, to.tree ?? to.release)
  deployment.tree = tree
  deployment.madeTree = false
  deployment.commit = to?.commit ?? null
  deployment.url = to?.url ?? null
  if (deployment.mode !== 'editable') {
    linkWhole(tree === null ? layout.editableTree : layout.tree(tree), layout.project)
    if (tree !== null) await ensureSalt(deployment, tree)
    pointSalt(layout, tree)
  }
  const { request } = deployment
  // Before the first release, a pillar goes back to the one before it.
  deployment.pillarCommit = to === null && request.kind === 'pillar' ? request.before : (to?.pillar_commit ?? null)
  await bringPillar(deployment)
  await restoreConfiguration(deployment, to)
  // The release that comes back may be of another account.
  if (to !== null && deployment.account)
    await handOverFolders(deployment.shell, layout, deployment.account, deployment.mode === 'editable')
}

/** reconfigure, activate and post_install of the release that was brought back. */
export async function runAgain(deployment: Deployment): Promise<void> {
  for (const procedure of ['reconfigure', 'activate', 'post_install'] as const) await deployment.perform(procedure)
}

/** The failed tree and bundle stay for whoever looks into the failure, until two newer failures replace them. */
async function moveFailedAside(deployment: Deployment): Promise<void> {
  const { layout, release } = deployment
  if (existsSync(layout.release(release))) {
    const aside = join(layout.rolledBack, release)
    await discard(deployment, aside, null)
    mkdirSync(layout.rolledBack, { recursive: true })
    renameSync(layout.release(release), aside)
    if (isScarce(deployment)) {
      await discard(deployment, aside, null)
      note(deployment, 'the disk is nearly full: the failed tree is not kept', 'warning')
    }
  }
  if (deployment.madeTree) forgetTree(layout.projectGit, release)
  if (existsSync(layout.bundle(release))) {
    mkdirSync(layout.failedBundles, { recursive: true })
    rmSync(join(layout.failedBundles, release), { recursive: true, force: true })
    renameSync(layout.bundle(release), join(layout.failedBundles, release))
  }
}

/** Steps that the failed release ran: those with a downgrade are undone with their markers, the others are told. */
async function undoUpgrades(deployment: Deployment): Promise<void> {
  const salt = saltFolderOf(deployment)
  if (salt === null) return
  const { downgrade, stay } = takeMarkersBack(deployment, deployment.release, salt)
  for (const step of downgrade) {
    if (await runStateFile(deployment, salt, `upgrades/${downgradeOf(step)}`)) removeMarker(deployment, step)
    else stay.push(step)
  }
  if (stay.length > 0) note(deployment, `upgrade steps that stay done: ${stay.join(', ')}`, 'warning')
}

/** The branch names what runs again, so that pushing the same commit tries again. */
async function putBranchesBack(deployment: Deployment): Promise<void> {
  const { layout, shell, request, release, previous } = deployment
  if (request.kind === 'rollback') return returnBranches(deployment)
  if (request.kind === 'pillar' && request.commit !== null && request.branch !== null) {
    const { branch, commit: refused } = request
    const before = wayBackOf(layout.pillarGit, { branch, before: request.before }, previous?.pillar_commit ?? null)
    if (before === refused) return
    await putBranchBack(shell, layout.pillarGit, { branch, refused, before, release })
    if (before === null && pillarCommitOf(layout) === null) note(deployment, 'the pillar is empty again')
    return
  }
  const branch = deployment.branch ?? request.branch
  const refused = deployment.refused
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

/** A return that did not come to its end may have moved the branches already: they name what runs again. */
async function returnBranches(deployment: Deployment): Promise<void> {
  const { layout, shell, request, previous, branch } = deployment
  const target = request.target ? readRecord(layout, request.target) : undefined
  if (!target || !previous) return
  if (branch !== null && target.commit && previous.commit && target.commit !== previous.commit)
    await moveBranch(shell, layout.projectGit, branch, previous.commit, target.commit)
  if (target.pillar_commit && previous.pillar_commit && target.pillar_commit !== previous.pillar_commit)
    for (const name of pillarBranches(layout))
      await moveBranch(shell, layout.pillarGit, name, previous.pillar_commit, target.pillar_commit)
}
