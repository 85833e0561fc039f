/** Whether a deployment brings anything new. */
import { join } from 'node:path'
import { toJson } from '../configuration/json.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { keptEnvironment, sameEnvironment } from '../project/variables.ts'
import type { Deployment } from './deployment.ts'

/** Beside a tree that was made from archives: which those were. The URL of "the current release" does not tell. */
export const artifactsFile = (layout: ProjectLayout, tree: ReleaseId): string =>
  join(layout.release(tree), 'artifacts.json')

const artifactsOf = (layout: ProjectLayout, tree: ReleaseId | null): string | undefined =>
  tree === null ? undefined : textIfThere(artifactsFile(layout, tree))

/** Whether commit, pillar, configuration, variables and artifacts are those of the release that runs. */
export function isUnchanged(deployment: Deployment): boolean {
  const { previous, layout } = deployment
  if (previous === null || previous.status !== 'succeeded' || deployment.mode === 'editable') return false
  if (previous.commit !== deployment.commit && deployment.sameBelow !== true) return false
  if (previous.pillar_commit !== deployment.pillarCommit) return false
  const kept = textIfThere(join(layout.release(previous.release), 'configuration.json'))
  if (kept !== JSON.stringify(toJson(deployment.cfg))) return false
  if (artifactsOf(layout, deployment.tree) !== artifactsOf(layout, previous.tree)) return false
  return sameEnvironment(deployment.environment, keptEnvironment(layout, previous.release))
}
