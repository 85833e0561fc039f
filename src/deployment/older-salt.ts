/** Releases that were deployed before root had state files of its own: those are made from their commits when they are first needed. */
import { chmodSync, existsSync, lchownSync, lstatSync } from 'node:fs'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { readRecord, treeOf } from '../pipeline/history.ts'
import { loadConfiguration } from '../project/configuration.ts'
import { generatedFiles } from '../project/procedure-files.ts'
import { pointSalt } from '../project/salt-place.ts'
import { releaseOfProject, treeOfRelease } from '../project/tree.ts'
import type { Deployment } from './deployment.ts'
import { bringSalt, linkSalt } from './release-salt.ts'

type Place = Pick<Deployment, 'layout' | 'shell' | 'installers'>

/** Of the release whose tree `project` names. */
export async function ensureSaltInUse(place: Place): Promise<void> {
  const release = releaseOfProject(place.layout)
  if (release === null || existsSync(place.layout.saltOf(release))) return
  await ensureSalt(place, release)
  pointSalt(place.layout, release)
}

/** Of one release. Nothing where it is not known what was deployed. */
export async function ensureSalt({ layout, shell, installers }: Place, release: ReleaseId): Promise<void> {
  const tree = treeOf(layout, release)
  if (existsSync(layout.saltOf(tree))) return
  chownTop(layout, tree)
  const commit = readRecord(layout, tree)?.commit
  if (!commit) return
  const salt = await bringSalt({ layout, shell }, commit)
  linkSalt(layout, tree, salt, null)
  const { installer } = await loadConfiguration(layout, treeOfRelease(layout, tree), installers)
  linkSalt(layout, tree, salt, generatedFiles(installer))
}

/**
 * The top of such a tree was root's, and what is in it the account's: files of a third there, which are not read. It becomes the
 * account's too, as that of any tree on which something may run. It stands in a folder that is root's, as the data does.
 */
function chownTop(layout: ProjectLayout, release: ReleaseId): void {
  const tree = layout.tree(release)
  const [top, data] = [tree, layout.data].map(path => lstatSync(path, { throwIfNoEntry: false }))
  if (!top?.isDirectory() || !data?.isDirectory() || top.uid !== 0 || data.uid === 0 || (top.mode & 0o020) === 0) return
  lchownSync(tree, data.uid, data.gid)
  chmodSync(tree, 0o755)
}
