/** Which commit a request means. */
import { settingOf } from '../configuration/settings/index.ts'
import { branchCommit, firstBranch } from '../git/refs.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { DeploymentRecord } from '../pipeline/history.ts'
import type { Request } from '../pipeline/queue.ts'
import type { Dict } from '../salt/python/dict.ts'

export interface WhatIsDeployed {
  readonly branch: string | null
  readonly commit: string | null
}

/** A push names its commit; a deployment takes its branch as it is; a pillar stays with what runs. */
export function whatIsDeployed(
  layout: ProjectLayout,
  request: Request,
  previous: DeploymentRecord | null,
  cfg: Dict,
): WhatIsDeployed {
  if (request.kind === 'push') return { branch: request.branch, commit: request.commit }
  if (request.kind !== 'deploy' && previous) return { branch: previous.branch, commit: previous.commit }
  if (request.branch !== null)
    return { branch: request.branch, commit: request.commit ?? branchCommit(layout.projectGit, request.branch) }
  return firstBranch(layout.projectGit, deployBranches(cfg)) ?? { branch: null, commit: null }
}

export function deployBranches(cfg: Dict): string[] {
  const value = settingOf(cfg, 'deploy_branch')
  return Array.isArray(value) ? value.map(String) : ['master', 'main']
}
