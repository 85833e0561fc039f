/** Rotation: what is older than what is kept goes, in the background, and never what is in use. */

import { existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { prune } from '../disk/prune.ts'
import { removeInBackground } from '../disk/remove.ts'
import { forgetTree } from '../git/bare.ts'
import { keepCommits } from '../git/refs.ts'
import { linkIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { isReleaseId, type ReleaseId } from '../kernel/names.ts'
import {
  currentRelease,
  deploymentIds,
  keptReleases,
  readHistory,
  readRecord,
  runningRelease,
  treeOf,
} from '../pipeline/history.ts'
import { ranBefore } from '../pipeline/numbers.ts'
import { addRotated } from '../pipeline/tally.ts'
import type { Running } from '../services/driver.ts'
import { projectLogFolder, servicesPlace } from '../services/place.ts'
import type { Deployment } from './deployment.ts'
import { allProcesses, treesOf } from './processes.ts'
import { forgetSalt } from './release-salt.ts'

/** How many records of deployments stay: some kilobytes each. */
const recordsKept = 500
/** How many failed trees stay for whoever looks into the failure. */
const failedKept = 2
/** How many folders with the logs of processes stay, those of processes that run not counted. */
const logFoldersKept = 20
const largestLogBytes = 5_000_000

/** Keeps `keep_archives` releases beside the current one, and one at least: without it there is no way back. */
export async function rotateArchives(deployment: Deployment): Promise<void> {
  const { layout, cfg } = deployment
  const wanted = Math.max(1, Number(settingOf(cfg, 'keep_archives')))
  const current = currentRelease(layout)
  // What served last comes first: it is the way back, and neither its id nor the clock says which that is.
  const order = new Map(ranBefore(layout).map((release, at) => [release, at]))
  const wayBack = runningRelease(layout)?.previous
  const placeOf = (release: ReleaseId) => order.get(release) ?? (release === wayBack ? -1 : order.size)
  const succeeded = keptReleases(layout)
    .filter(release => release !== current)
    .sort((a, b) => placeOf(a) - placeOf(b))
  const kept = new Set<ReleaseId>([...(current ? [current] : []), ...succeeded.slice(0, wanted)])
  const trees = new Set([...kept].map(release => treeOf(layout, release)))
  const running = await allProcesses(layout, deployment.shell)
  for (const tree of treesOf(layout, running)) trees.add(tree)
  for (const release of keptReleases(layout)) {
    if (!kept.has(release) && !trees.has(release)) await discard(deployment, layout.release(release), release)
  }
  for (const bundle of names(layout.bundles)) {
    if (!kept.has(bundle) && !trees.has(bundle) && linkIfThere(layout.currentBundle) !== bundle)
      await discard(deployment, join(layout.bundles, bundle), null)
  }
  for (const folder of [layout.rolledBack, layout.failedBundles]) {
    for (const old of names(folder).slice(failedKept)) await discard(deployment, join(folder, old), old)
  }
  const oldest = deploymentIds(layout).length <= recordsKept ? [] : readHistory(layout).slice(recordsKept)
  addRotated(layout, oldest)
  for (const old of oldest) await discard(deployment, layout.deployment(old.release).folder, null)
  forgetSalt(layout, release => isReleaseId(release) && existsSync(layout.release(release)))
  await keepCommitsOf(deployment, [...kept, ...trees])
  await rotateLogs(deployment, running)
}

/** Moves a folder aside at once; it is deleted at low priority, by a process that nobody waits for. */
export async function discard(
  { layout, shell }: Pick<Deployment, 'layout' | 'shell'>,
  folder: string,
  tree: ReleaseId | null,
): Promise<void> {
  if (!existsSync(folder)) return
  await removeInBackground(shell, folder, rootLayout(layout.root).trash)
  if (tree !== null) forgetTree(layout.projectGit, tree)
}

/** Logs of processes that run no more, but for the newest; and the runner's own, which is put aside once. */
async function rotateLogs({ layout, shell }: Deployment, running: readonly Running[]): Promise<void> {
  await prune({
    shell,
    folder: projectLogFolder(servicesPlace(layout.root), layout.name),
    keep: logFoldersKept,
    inUse: running.map(one => one.name),
    trash: rootLayout(layout.root).trash,
    isCandidate: name => name.startsWith(`${layout.name}.`),
  })
  const log = join(layout.deployments, 'runner.log')
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes) renameSync(log, `${log}.1`)
}

const names = (folder: string): ReleaseId[] =>
  existsSync(folder) ? readdirSync(folder).filter(isReleaseId).sort().reverse() : []

async function keepCommitsOf(deployment: Deployment, releases: readonly ReleaseId[]): Promise<void> {
  const { layout, shell } = deployment
  const commits = new Map<string, string>()
  const pillars = new Map<string, string>()
  for (const release of releases) {
    const record = readRecord(layout, release)
    if (record?.commit) commits.set(release, record.commit)
    if (record?.pillar_commit) pillars.set(release, record.pillar_commit)
  }
  const known = new Set<string>(deploymentIds(layout))
  await keepCommits(shell, layout.projectGit, commits, known)
  await keepCommits(shell, layout.pillarGit, pillars, known)
}
