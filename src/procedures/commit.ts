/** The moment from which a deployment counts: everything is written, then one link is replaced. */
import { existsSync, mkdirSync } from 'node:fs'
import { pointHead } from '../git/tree.ts'
import { linkWhole } from '../kernel/files.ts'
import { keepConfiguration } from './configuration.ts'
import type { Deployment } from './deployment.ts'
import { bringSetEnvironmentBack } from './environment.ts'

export async function makeCurrent(deployment: Deployment): Promise<void> {
  const { layout, release, request } = deployment
  if (request.kind === 'procedure' && !deployment.madeTree) return
  if (request.kind === 'rollback') {
    linkWhole(request.target as string, layout.current)
    bringSetEnvironmentBack(deployment)
    keepConfiguration(deployment)
    return
  }
  if (isRelease(deployment)) mkdirSync(layout.release(release), { recursive: true })
  keepConfiguration(deployment)
  if (!isRelease(deployment)) return
  linkWhole(release, layout.current)
  if (existsSync(layout.bundle(release))) linkWhole(release, layout.currentBundle)
  if (deployment.branch !== null) pointHead(layout.projectGit, deployment.branch)
}

/** A deployment of some procedures alone works on the release that runs; a pillar before the first push has none. */
function isRelease(deployment: Deployment): boolean {
  return (
    deployment.mode === 'editable' ||
    deployment.madeTree ||
    (deployment.request.kind === 'pillar' && deployment.tree !== null)
  )
}
