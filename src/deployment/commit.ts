/** The moment from which a deployment counts: everything is written, then one link is replaced. */
import { existsSync, mkdirSync } from 'node:fs'
import { pointHead } from '../git/tree.ts'
import { linkWhole } from '../kernel/files.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { treeOf } from '../pipeline/history.ts'
import { rememberRan } from '../pipeline/numbers.ts'
import { keepConfiguration } from './configuration.ts'
import type { Deployment } from './deployment.ts'
import { bringSetEnvironmentBack } from './variables.ts'

export async function makeCurrent(deployment: Deployment): Promise<void> {
  const { layout, release, request } = deployment
  if (request.kind === 'procedure' && !deployment.madeTree) return
  if (request.kind === 'rollback') {
    const target = request.target as ReleaseId
    rememberRan(layout, target, deployment.previous?.release ?? null)
    linkWhole(target, layout.current)
    currentBundleIs(deployment, treeOf(layout, target))
    bringSetEnvironmentBack(deployment)
    keepConfiguration(deployment)
    return
  }
  if (request.kind === 'pillar' && request.branch !== null) pointHead(layout.pillarGit, request.branch)
  if (isRelease(deployment)) mkdirSync(layout.release(release), { recursive: true })
  keepConfiguration(deployment)
  if (!isRelease(deployment)) return
  rememberRan(layout, release, deployment.previous?.release ?? null)
  linkWhole(release, layout.current)
  currentBundleIs(deployment, release)
  if (deployment.branch !== null) pointHead(layout.projectGit, deployment.branch)
}

/** Who takes "the current release" from here gets what runs here. */
function currentBundleIs({ layout }: Deployment, release: ReleaseId): void {
  if (existsSync(layout.bundle(release))) linkWhole(release, layout.currentBundle)
}

/** A deployment of some procedures alone works on the release that runs; a pillar before the first push has none. */
function isRelease(deployment: Deployment): boolean {
  return (
    deployment.mode === 'editable' ||
    deployment.madeTree ||
    (deployment.request.kind === 'pillar' && deployment.tree !== null)
  )
}
