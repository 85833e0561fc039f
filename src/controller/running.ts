/** The release that serves, with all that a command of its application needs: tree, configuration, environment, account. */
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { currentRelease, type DeploymentRecord, readRecord, treeOf } from '../pipeline/history.ts'
import { accountOf } from '../project/account.ts'
import { applicationPath } from '../project/application-path.ts'
import { configurationOfRelease, type ProjectConfiguration } from '../project/configuration.ts'
import { folderTree, treeOfRelease } from '../project/tree.ts'
import { keptEnvironment, type ReleaseEnvironment } from '../project/variables.ts'
import type { Account } from '../shell/shell.ts'
import { type Context, openProject } from './context.ts'
import { installersOf } from './installed.ts'

export interface RunningRelease extends ProjectConfiguration {
  readonly layout: ProjectLayout
  readonly record: DeploymentRecord
  readonly tree: string
  readonly account: Account | null
  readonly environment: ReleaseEnvironment
}

/** Throws NOTHING_RUNS. */
export async function runningRelease(context: Context, name: string): Promise<RunningRelease> {
  const layout = await openProject(context, name)
  const release = currentRelease(layout)
  const record = release === null ? undefined : readRecord(layout, release)
  if (release === null || record === undefined)
    throw new CorpusError('NOTHING_RUNS', `Nothing was deployed to ${layout.name} yet.`)
  const home = record.mode === 'editable' ? layout.editableTree : layout.tree(treeOf(layout, release))
  if (!existsSync(home)) throw new CorpusError('NOTHING_RUNS', `The tree of ${release} is not there.`)
  const files = record.mode === 'editable' ? folderTree(home) : treeOfRelease(layout, release)
  const { cfg, installer } = await configurationOfRelease(layout, release, files, installersOf(context))
  const tree = join(realpathSync(home), applicationPath(cfg))
  const account = accountOf(cfg)
  return { layout, record, tree, cfg, installer, account, environment: keptEnvironment(layout, release) }
}
