/** Rotation: what is older than what is kept goes, in the background, and never what is in use. */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { forgetTree } from '../git/bare.ts'
import { keepCommits } from '../git/refs.ts'
import { linkIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { currentRelease, deploymentIds, isReleaseName, keptReleases, readRecord, treeOf } from '../pipeline/history.ts'
import type { Deployment } from './deployment.ts'
import { treesInUse } from './processes.ts'

/** How many records of deployments stay: some kilobytes each. */
const recordsKept = 500
/** How many failed trees stay for whoever looks into the failure. */
const failedKept = 2

/** Keeps `keep_archives` releases beside the current one, and one at least: without it there is no way back. */
export async function rotateArchives(deployment: Deployment): Promise<void> {
  const { layout, cfg } = deployment
  const wanted = Math.max(1, Number(cfg.get('keep_archives') ?? 3))
  const current = currentRelease(layout)
  const succeeded = keptReleases(layout).filter(release => release !== current && release < (current ?? '~'))
  const kept = new Set<ReleaseId>([...(current ? [current] : []), ...succeeded.slice(0, wanted)])
  if (cfg.get('keep_archives') === 0 && deployment.previous) kept.add(deployment.previous.release)
  const trees = new Set([...kept].map(release => treeOf(layout, release)))
  for (const tree of await treesInUse(deployment)) trees.add(tree)
  for (const release of keptReleases(layout)) {
    if (release > (current ?? '')) continue
    if (!kept.has(release) && !trees.has(release)) discard(deployment, layout.release(release), release)
  }
  for (const bundle of names(layout.bundles)) {
    if (!kept.has(bundle) && linkIfThere(layout.currentBundle) !== bundle)
      discard(deployment, join(layout.bundles, bundle), null)
  }
  for (const folder of [layout.rolledBack, layout.failedBundles]) {
    for (const old of names(folder).slice(failedKept)) discard(deployment, join(folder, old), old)
  }
  for (const old of deploymentIds(layout).slice(recordsKept)) discard(deployment, layout.deployment(old).folder, null)
  await keepCommitsOf(deployment, [...kept, ...trees])
}

/** Moves a folder aside at once; it is deleted later, at low priority. */
export function discard(
  deployment: Pick<Deployment, 'layout' | 'afterwards' | 'shell'>,
  folder: string,
  tree: ReleaseId | null,
): void {
  if (!existsSync(folder)) return
  const { trash } = rootLayout(deployment.layout.root)
  mkdirSync(trash, { recursive: true })
  const aside = join(
    trash,
    `${deployment.layout.name}-${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}`,
  )
  renameSync(folder, aside)
  if (tree !== null) forgetTree(deployment.layout.projectGit, tree)
  deployment.afterwards.push(async () => {
    await deployment.shell.run({ argv: ['nice', '-n', '19', 'rm', '-rf', '--', aside] })
  })
}

const names = (folder: string): ReleaseId[] =>
  existsSync(folder) ? (readdirSync(folder).filter(isReleaseName).sort().reverse() as ReleaseId[]) : []

async function keepCommitsOf(deployment: Deployment, releases: readonly ReleaseId[]): Promise<void> {
  const { layout, shell } = deployment
  const commits = new Map<string, string>()
  const pillars = new Map<string, string>()
  for (const release of releases) {
    const record = readRecord(layout, release)
    if (record?.commit) commits.set(release, record.commit)
    if (record?.pillar_commit) pillars.set(release, record.pillar_commit)
  }
  await keepCommits(shell, layout.projectGit, commits)
  await keepCommits(shell, layout.pillarGit, pillars)
}
