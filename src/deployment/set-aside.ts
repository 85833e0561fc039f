/** What failed stays for whoever looks into the failure, until two newer failures replace it. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { forgetTree } from '../git/bare.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { type Deployment, note } from './deployment.ts'
import { isServed } from './processes.ts'
import { discard } from './rotation.ts'
import { isScarce } from './space.ts'

/** What visitors are still led into stays where it is until the release before serves again. */
export async function setTreeAside(deployment: Deployment): Promise<void> {
  const { layout, release, shell, madeTree } = deployment
  const move = async () => {
    if (existsSync(layout.release(release))) await moveAside(deployment)
    if (madeTree) forgetTree(layout.projectGit, release)
  }
  if (await isServed(layout, release, shell)) deployment.whenBack.push(move)
  else await move()
}

export function setBundleAside({
  layout,
  release,
}: {
  readonly layout: ProjectLayout
  readonly release: ReleaseId
}): void {
  if (!existsSync(layout.bundle(release))) return
  mkdirSync(layout.failedBundles, { recursive: true })
  rmSync(join(layout.failedBundles, release), { recursive: true, force: true })
  renameSync(layout.bundle(release), join(layout.failedBundles, release))
}

async function moveAside(deployment: Deployment): Promise<void> {
  const { layout, release } = deployment
  const aside = join(layout.rolledBack, release)
  await discard(deployment, aside, null)
  mkdirSync(layout.rolledBack, { recursive: true })
  renameSync(layout.release(release), aside)
  if (!isScarce(deployment)) return
  await discard(deployment, aside, null)
  note(deployment, 'the disk is nearly full: the failed tree is not kept', 'warning')
}
