/** Makes the tree of a new release from the one that runs: a copy prepared before, brought to the new commit. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { breakLinks, prepareSpare, type SpareOrigin, spareOrigin, takeSpare } from '../git/spare.ts'
import { adoptTree, bringSubmodules, bringTo, type Change, giveChanges, removeAdminFolder } from '../git/tree.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { treeOf } from '../pipeline/history.ts'
import { waiting } from '../pipeline/queue.ts'
import { type Deployment, ownerOf, placeOf } from './deployment.ts'
import { dressTree, undressTree } from './procedure-files.ts'
import { treeOfRelease } from './project-tree.ts'
import { bringSalt } from './release-salt.ts'
import { treeKind } from './tree-kind.ts'

/** The new tree stands at the commit; `project` does not name it yet. Returns what changed, or null for a whole checkout. */
export async function makeReleaseTree(deployment: Deployment): Promise<readonly Change[] | null> {
  const { layout, release, shell } = deployment
  const commit = deployment.commit as string
  const place = placeOf(layout, release)
  deployment.madeTree = true
  deployment.tree = release
  const from = await startFromCopy(deployment)
  mkdirSync(place.tree, { recursive: true })
  const moved = from?.at === commit
  adoptTree(place, from?.at ?? commit)
  const owner = ownerOf(deployment)
  // Nothing runs on a linked tree: whose its new files are can wait until the pusher has the answer.
  const quiet = from?.kind === 'linked'
  const changes = await bringTo(shell, place, from?.commit ?? null, commit, owner, { listed: !quiet, moved })
  // What was pushed brings the first thing that runs on the tree: from here on files are its own.
  const made = { files: folderFiles(place.tree), salt: await bringSalt(deployment, commit, place.tree) }
  if (quiet && treeKind(deployment, made) === 'copied') {
    breakLinks(place.tree)
    if (owner) await giveChanges(shell, place, from.commit, commit, owner)
  } else if (quiet && owner) {
    deployment.afterwards.push(() => giveChanges(shell, place, from.commit, commit, owner))
  }
  undressTree(place.tree)
  await bringSubmodules(
    shell,
    place,
    text => deployment.emit({ type: 'output', text }),
    ownerOf(deployment),
    deployment.signal,
  )
  return changes
}

/** A release that changes only the configuration runs the tree of the one before. */
export function shareTree(deployment: Deployment, tree: ReleaseId): void {
  const path = deployment.layout.tree(deployment.release)
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path)) symlinkSync(deployment.layout.tree(tree), path)
  deployment.tree = tree
}

/** Prepares, after a deployment, the copy that the next one starts from. A request that waits comes first. */
export async function prepareNext(deployment: Deployment): Promise<void> {
  const { layout, shell, tree, commit } = deployment
  if (tree === null || commit === null || deployment.mode === 'editable') return
  const origin: SpareOrigin = { release: tree, commit, kind: treeKind(deployment, treeOfRelease(layout, tree)) }
  const there = spareOrigin(layout.spare)
  if (there && there.release === origin.release && there.kind === origin.kind) return
  await prepareSpare(shell, layout.spare, placeOf(layout, tree), origin, ownerOf(deployment), {
    unwanted: () => waiting(layout).length > 0,
    dress: tree => dressTree(deployment, tree),
  })
}

/** Moves a copy of the running tree to where the new one lives. Returns what it is a copy of and where it stands, or null without one. */
async function startFromCopy(deployment: Deployment): Promise<(SpareOrigin & { at: string }) | null> {
  const { layout, shell, previous } = deployment
  const place = placeOf(layout, deployment.release)
  // A tree half made by a deployment that died has no use.
  rmSync(place.tree, { recursive: true, force: true })
  removeAdminFolder(place)
  const running = previous?.tree ? treeOf(layout, previous.tree) : null
  if (running === null || previous?.commit == null || !existsSync(layout.tree(running))) return null
  const wanted: SpareOrigin = {
    release: running,
    commit: previous.commit,
    kind: treeKind(deployment, treeOfRelease(layout, running)),
  }
  const ahead = deployment.ahead && deployment.ahead.commit === deployment.commit ? deployment.ahead : null
  const isAhead = ahead !== null && (await ahead.done)
  const there = isAhead ? ahead.origin : spareOrigin(layout.spare)
  const fits = there?.release === wanted.release && there.commit === wanted.commit && there.kind === wanted.kind
  if (!fits) {
    if (existsSync(layout.spare)) renameSync(layout.spare, `${layout.spare}.old`)
    rmSync(`${layout.spare}.old`, { recursive: true, force: true })
    await prepareSpare(shell, layout.spare, placeOf(layout, running), wanted, ownerOf(deployment))
  }
  takeSpare(layout.spare, place)
  return { ...wanted, at: fits && isAhead ? ahead.commit : wanted.commit }
}
