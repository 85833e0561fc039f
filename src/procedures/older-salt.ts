/** State files of releases that were deployed before root had its own: made from their commits when they are first needed. */
import { existsSync } from 'node:fs'
import type { ReleaseId } from '../kernel/names.ts'
import { readRecord, treeOf } from '../pipeline/history.ts'
import { loadConfiguration } from './configuration.ts'
import type { Deployment } from './deployment.ts'
import { generatedFiles } from './procedure-files.ts'
import { releaseOfProject, treeOfRelease } from './project-tree.ts'
import { bringSalt, linkSalt, pointSalt } from './release-salt.ts'

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
  const commit = readRecord(layout, tree)?.commit
  if (!commit) return
  const salt = await bringSalt({ layout, shell }, commit)
  linkSalt(layout, tree, salt, null)
  const { installer } = await loadConfiguration(layout, treeOfRelease(layout, tree), installers)
  linkSalt(layout, tree, salt, generatedFiles(installer))
}
