/**
 * Makes the tree of a new release, in a folder that only root reaches: from the copy of the one that runs, prepared before, brought
 * to the new commit. It is handed over last, whole, by one rename; from then on root changes nothing in it.
 */
import { chmodSync, chownSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chownLeadingOut, chownNames, chownTree, type Owner, root } from '../git/owner.ts'
import {
  beginEmpty,
  breakLinks,
  type CopyKind,
  handOver,
  type PreparedOrigin,
  preparedOrigin,
  prepareTree,
  takeIndex,
} from '../git/prepared-tree.ts'
import { adoptTree, bringTo, type Change, type TreePlace } from '../git/tree.ts'
import { nameOf } from '../kernel/file-names.ts'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { treeOf } from '../pipeline/history.ts'
import { newsOf } from '../pipeline/queue.ts'
import { addGenerated, type Generated, generatedFiles, removeGenerated } from '../project/procedure-files.ts'
import { treeOfRelease } from '../project/tree.ts'
import { type Deployment, ownerOf, placeOf } from './deployment.ts'
import { generatedNameOf } from './release-salt.ts'
import { discard } from './rotation.ts'
import { isScarce } from './space.ts'
import { treeKind } from './tree-kind.ts'

/** A tree that stands at the commit, and that nobody else reaches yet. */
export interface MadeTree {
  /** Where it stands now. */
  readonly place: TreePlace
  /** As it was prepared; null where all of it was checked out anew. */
  readonly from: PreparedOrigin | null
  /** What changed since then; null for a whole checkout, or where nobody asked yet. */
  readonly changes: readonly Change[] | null
  /** The name of what was added to it when it was prepared; undefined where that may not be all there. */
  readonly generated: string | undefined
}

/** The procedure files that a tree gets where it has none of its own, with the name that `linkSalt` gave them there. */
export interface Addition {
  readonly files: readonly Generated[]
  readonly name: string
}

/** The new tree, brought to the commit with its submodules. */
export async function makeReleaseTree(deployment: Deployment): Promise<MadeTree> {
  const { layout, release, shell } = deployment
  const commit = deployment.commit as string
  deployment.found.madeTree = true
  deployment.found.tree = release
  // Where copies were prepared before.
  await discard(deployment, join(layout.archives, 'spare'), null)
  const { from, at } = await startingPoint(deployment)
  const place = { ...placeOf(layout, release), tree: join(layout.preparedTree, 'project') }
  takeIndex(layout.preparedTree, place)
  const moved = at === commit
  adoptTree(place, at ?? commit, layout.tree(release))
  // Nothing has to be given away of a tree that stays root's.
  const listed = from?.kind === 'copied'
  const changes = await bringTo(shell, place, from?.commit ?? null, commit, { listed, moved })
  const hasSubmodules = existsSync(join(place.tree, '.gitmodules'))
  if (hasSubmodules) {
    removeGenerated(place.tree)
    const { bringSubmodules } = await import('./submodules.ts')
    await bringSubmodules(deployment, place.tree, commit)
  }
  return { place, from, changes, generated: moved && !hasSubmodules ? from?.generated : undefined }
}

/** What there is of it to be read. */
export const filesOf = ({ place }: MadeTree) => folderFiles(place.tree)

/** Gives it to whom it belongs, and puts it where releases are. */
export async function handOverTree(
  deployment: Deployment,
  made: MadeTree,
  salt: string,
  addition: Addition,
): Promise<void> {
  const { layout, release } = deployment
  const { place } = made
  const kind = treeKind(deployment, { files: filesOf(made), salt })
  const owner = ownerOf(deployment)
  // Nobody else has been there since it was prepared.
  const missing = made.generated === addition.name ? [] : addGenerated(join(place.tree, '.salt'), addition.files)
  const written = missing.map(path => path.slice(place.tree.length + 1))
  if (kind === 'copied' && made.from?.kind === 'linked') breakLinks(place.tree)
  if (owner) await chown(deployment, made, kind, owner, written)
  const origin: TreeRecord = { kind, uid: kind === 'copied' && owner ? owner.uid : null }
  writeWhole(join(layout.preparedTree, recordName), `${JSON.stringify(origin)}\n`)
  chmodSync(layout.preparedTree, 0o750)
  if (owner) chownSync(layout.preparedTree, 0, owner.gid)
  await discard(deployment, layout.release(release), null)
  handOver(layout.preparedTree, layout.release(release))
}

/** What root remembers of a tree: what it may do with it the next time. */
interface TreeRecord {
  readonly kind: CopyKind
  /** Whose its files are; null: whose this process is. */
  readonly uid: number | null
}

const recordName = 'tree.json'

/** Of a release of before, nothing is known of its files: they are taken from git. */
function recordOf(layout: ProjectLayout, release: ReleaseId): TreeRecord {
  return jsonIfThere<TreeRecord>(join(layout.release(release), recordName)) ?? { kind: 'copied', uid: null }
}

async function chown(
  { shell }: Deployment,
  { place, from, changes }: MadeTree,
  kind: CopyKind,
  owner: Owner,
  written: readonly string[],
): Promise<void> {
  const { tree } = place
  if (kind === 'linked') {
    if (from?.kind === 'copied') await chownTree(shell, tree, root)
    return chownLeadingOut(shell, place, owner)
  }
  const hasSubmodules = existsSync(join(tree, '.gitmodules'))
  if (
    from?.kind !== 'copied' ||
    from.uid !== owner.uid ||
    changes === null ||
    changes.length > manyChanges ||
    hasSubmodules
  )
    return chownTree(shell, tree, owner)
  const names = changes.filter(change => change.kind !== 'removed').map(({ name }) => name)
  chownNames(tree, [...names, ...written.map(nameOf), '.git'], owner)
}

/** From so many on, one process that walks the whole tree is faster. */
const manyChanges = 2000

/** Whether the first thing that runs on a release's tree comes now, or as another account: then it needs files that are the account's. */
export function isOutgrown(deployment: Deployment, release: ReleaseId): boolean {
  const { layout, commit } = deployment
  const tree = treeOf(layout, release)
  if (commit === null) return false
  const record = recordOf(layout, tree)
  if (record.kind === 'copied') return record.uid !== null && record.uid !== ownerOf(deployment)?.uid
  return treeKind(deployment, treeOfRelease(layout, tree)) === 'copied'
}

/** A release that changes only the configuration runs the tree of the one before. */
export function shareTree(deployment: Deployment, tree: ReleaseId): void {
  const path = deployment.layout.tree(deployment.release)
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
  if (!existsSync(path)) symlinkSync(deployment.layout.tree(tree), path)
  deployment.found.tree = tree
}

/** Prepares, after a deployment, the copy that the next one starts from. A request that comes meanwhile ends that at once. */
export async function prepareNext(deployment: Deployment): Promise<void> {
  const { layout, shell, tree, commit } = deployment
  if (tree === null || commit === null || deployment.mode === 'editable' || isScarce(deployment)) return
  const owner = ownerOf(deployment)
  const generated = generatedFiles(deployment.installer)
  const origin = { ...originOf(deployment, tree, commit), generated: generatedNameOf(layout, tree, generated) }
  const there = preparedOrigin(layout.preparedTree)
  if (there && JSON.stringify(there) === JSON.stringify(origin)) return
  const news = newsOf(layout)
  try {
    await prepareTree(shell, layout.preparedTree, placeOf(layout, tree), origin, owner, {
      signal: news.signal,
      discard: folder => discard(deployment, folder, null),
      addGenerated: folder => void addGenerated(join(folder, '.salt'), generated),
    })
  } finally {
    news.close()
  }
}

/** What a copy of a release's tree would be. */
function originOf(deployment: Deployment, release: ReleaseId, commit: string): PreparedOrigin {
  const { kind } = recordOf(deployment.layout, release)
  return { release, commit, kind, uid: kind === 'copied' ? (ownerOf(deployment)?.uid ?? null) : null }
}

/** The copy that is prepared, made now where that costs little, or nothing; and the commit that it stands at. */
async function startingPoint(deployment: Deployment): Promise<{ from: PreparedOrigin | null; at: string | null }> {
  const { layout, shell, previous } = deployment
  const running = previous?.tree ? treeOf(layout, previous.tree) : null
  const commit = previous?.commit ?? null
  const wanted = running === null || commit === null ? null : originOf(deployment, running, commit)
  const prefetchedTree =
    deployment.prefetchedTree && deployment.prefetchedTree.commit === deployment.commit
      ? deployment.prefetchedTree
      : null
  const isPrefetched = prefetchedTree !== null && (await prefetchedTree.done)
  const there = isPrefetched ? prefetchedTree.origin : preparedOrigin(layout.preparedTree)
  // Whose its files are may be another's by now: that is mended when they are given.
  if (wanted && there && sameTree(there, wanted))
    return { from: there, at: isPrefetched ? prefetchedTree.commit : there.commit }
  await discard(deployment, layout.preparedTree, null)
  if (wanted?.kind !== 'linked' || !existsSync(layout.tree(running as ReleaseId))) {
    beginEmpty(layout.preparedTree)
    return { from: null, at: null }
  }
  await prepareTree(shell, layout.preparedTree, placeOf(layout, running as ReleaseId), wanted, null)
  return { from: wanted, at: wanted.commit }
}

const sameTree = (one: PreparedOrigin, other: PreparedOrigin): boolean =>
  one.release === other.release && one.commit === other.commit && one.kind === other.kind
