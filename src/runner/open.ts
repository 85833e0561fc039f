/** Opens a deployment: resolves what is to be deployed, before anything has changed. */

import type { ModeName } from '../configuration/platform.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { hideSecrets } from '../deployment/configuration.ts'
import { type Deployment, deploymentOf, type Found, type Known } from '../deployment/deployment.ts'
import { ensureSaltInUse } from '../deployment/older-salt.ts'
import { commitFiles } from '../git/commit-files.ts'
import { type PrefetchedTree, takeBack } from '../git/prefetch.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import type { Request } from '../pipeline/queue.ts'
import { accounts } from '../project/account.ts'
import { loadConfiguration, type ProjectConfiguration } from '../project/configuration.ts'
import { bringPillar, pillarAt } from '../project/pillar.ts'
import { whatIsDeployed } from '../project/revision.ts'
import { treeInUse } from '../project/tree.ts'
import { currentEnvironment } from '../project/variables.ts'
import type { Shell, Start } from '../shell/shell.ts'
import type { Begun } from './begin.ts'
import { prefetchCommit } from './prefetch.ts'
import { wantsTree } from './run-plan.ts'
import type { Serving } from './serving.ts'

export async function openDeployment(serving: Serving, begun: Begun): Promise<Deployment> {
  const { layout, installers, cancelling, prefetched } = serving
  const { request, previous, record, shell, prefetchedTree, journal, output } = begun
  const { cfg, installer } = await configurationFor(serving, begun)
  const what = whatIsDeployed(layout, request, previous, cfg)
  const accountIn = accounts()
  const found: Found = {
    installer,
    environment: currentEnvironment(layout),
    commit: what.commit,
    pillarCommit: record.pillar_commit,
    tree: previous?.tree ?? null,
    sameBelow: false,
    madeTree: false,
    activated: false,
    url: previous?.url ?? null,
  }
  const known: Known = {
    layout,
    journal,
    release: request.release,
    request,
    mode: settingOf(cfg, 'mode') as ModeName,
    previous,
    shell,
    emit: output.emit,
    hide: output.hide,
    get signal() {
      return cancelling.signal
    },
    listenAnew: cancelling.listenAnew,
    installers,
    get account() {
      return accountIn(cfg)
    },
    cfg,
    branch: what.branch,
    refused: what.commit,
    prefetchedTree,
    foldersWithWork: prefetched?.foldersWithWork ?? new Map(),
    startedAt: new Date(),
    afterVerdict: [],
    notifications: [],
    whenBack: [],
  }
  const deployment = deploymentOf(known, found)
  hideSecrets(deployment)
  return deployment
}

/** A push whose tree will be made from the prepared copy: git brings that to the commit while the rest is read. */
export async function preparedTreeFor(
  serving: Serving,
  request: Request,
  shell: Shell,
): Promise<PrefetchedTree | null> {
  const { layout, prefetched } = serving
  const prefetchedTree = prefetched?.prefetchedTree
  const start: Start = serving.start ?? (async command => (await shell.run(command)).status)
  const { commit } = request
  const isWanted = wantsTree(request)
  if (isWanted && prefetchedTree?.commit === commit) return prefetchedTree
  // The push that was prefetched is not what comes first.
  if (prefetchedTree) await takeBack(start, prefetchedTree)
  return isWanted && commit !== null ? prefetchCommit(layout, start, { commit, quarantine: null }) : null
}

/** What was read when the push was prefetched; else what stands there, mended where it has to be. */
async function configurationFor(
  { layout, installers, prefetched }: Serving,
  { request, previous, record, shell }: Begun,
): Promise<ProjectConfiguration> {
  const known = request.arguments ? null : prefetched?.configuration
  if (known) return known
  const load = async (): Promise<ProjectConfiguration> => {
    await ensureSaltInUse({ layout, shell, installers })
    const tree = treeInUse(layout)
    const read = (files: TreeFiles) => loadConfiguration(layout, { ...tree, files }, installers, request.arguments)
    return read(tree.files).catch(error => {
      // The application may have written what cannot be read into its own tree: what was committed says the same as it did then.
      if (!(error instanceof CorpusError && error.code === 'APPLICATION_INVALID') || !previous?.commit) throw error
      return read(commitFiles(shell, layout.projectGit, previous.commit))
    })
  }
  return load().catch(async error => {
    // The pillar that stands there may be one that failed, and what is deployed now the one that mends it.
    const pillarCommit = record.pillar_commit
    if (pillarCommit === null || pillarCommit === pillarAt(layout)) throw error
    await bringPillar({ layout, shell, pillarCommit })
    return load()
  })
}
