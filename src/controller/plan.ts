/** What a deployment of a project would change, found without changing anything. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModeName } from '../configuration/platform.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { exportCommit } from '../git/export.ts'
import { firstBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { modes } from '../modes/index.ts'
import { currentRelease, readRecord } from '../pipeline/history.ts'
import { planOf } from '../pipeline/plan.ts'
import { proceduresOf } from '../procedures/index.ts'
import { loadConfiguration } from '../project/configuration.ts'
import { deployBranches } from '../project/revision.ts'
import { refuseOddSalt } from '../project/salt-folder.ts'
import { folderTree, treeInUse } from '../project/tree.ts'
import { type Context, openProject } from './context.ts'
import { installersOf } from './installed.ts'
import { type PlannedProcedure, planStates } from './plan-changes.ts'

export interface DeploymentPlan {
  readonly mode: ModeName
  /** What would be deployed; null: the working copy as it is. */
  readonly commit: string | null
  readonly procedures: readonly PlannedProcedure[]
}

/** In editable mode of the working copy, else of the deploy branch as it stands. Throws NOTHING_TO_DEPLOY. */
export async function planDeployment(
  context: Context,
  name: string,
  by: string,
  signal?: AbortSignal,
): Promise<DeploymentPlan> {
  const layout = await openProject(context, name)
  const installers = installersOf(context)
  const there = treeInUse(layout)
  const { cfg } = await loadConfiguration(layout, there, installers)
  const mode = settingOf(cfg, 'mode') as ModeName
  const head = mode === 'editable' ? null : firstBranch(layout.projectGit, deployBranches(cfg))
  const commit = head?.commit ?? null
  if (mode !== 'editable' && commit === null)
    throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was pushed to ${layout.name} yet.`)
  const common = {
    layout,
    installers,
    shell: context.shell,
    by,
    rows: planOf(proceduresOf(settingOf(cfg, 'api_version')), modes[mode]),
    ...(signal ? { signal } : {}),
  }
  if (commit === null || commit === runningCommit(layout))
    return { mode, commit, procedures: await planStates({ ...common, tree: there, ownTree: false }) }
  const folder = mkdtempSync(join(tmpdir(), 'corpus-plan-'))
  try {
    const tree = join(folder, 'project')
    mkdirSync(tree)
    await exportCommit(context.shell, layout.projectGit, commit, tree)
    refuseOddSalt(join(tree, '.salt'))
    return { mode, commit, procedures: await planStates({ ...common, tree: folderTree(tree), ownTree: true }) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runningCommit(layout: ProjectLayout): string | null {
  const current = currentRelease(layout)
  return current === null ? null : (readRecord(layout, current)?.commit ?? null)
}
