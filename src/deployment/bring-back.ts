/** Points everything at a release that was kept: tree, pillar, configuration. Nothing of the application has run yet. */
import { linkWhole } from '../kernel/files.ts'
import { type DeploymentRecord, treeOf } from '../pipeline/history.ts'
import { bringPillar } from '../project/pillar.ts'
import { pointSalt } from '../project/salt-place.ts'
import { handOverFolders } from '../project/wiring.ts'
import { restoreConfiguration } from './configuration.ts'
import type { Deployment } from './deployment.ts'
import { ensureSalt } from './older-salt.ts'

/** `to`: null is the state before the first release. */
export async function bringBack(deployment: Deployment, to: DeploymentRecord | null): Promise<void> {
  const { layout, request, found } = deployment
  const tree = to === null ? null : treeOf(layout, to.tree ?? to.release)
  found.tree = tree
  found.madeTree = false
  found.commit = to?.commit ?? null
  found.url = to?.url ?? null
  if (deployment.mode !== 'editable') {
    linkWhole(tree === null ? layout.editableTree : layout.tree(tree), layout.project)
    if (tree !== null) await ensureSalt(deployment, tree)
    pointSalt(layout, tree)
  }
  // Before the first release, a pillar goes back to the one before it.
  found.pillarCommit = to === null && request.kind === 'pillar' ? request.before : (to?.pillar_commit ?? null)
  await bringPillar(deployment)
  await restoreConfiguration(deployment, to)
  // The release that comes back may be of another account.
  if (to !== null && deployment.account)
    await handOverFolders(deployment.shell, layout, deployment.account, deployment.mode === 'editable')
}
