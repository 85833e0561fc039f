/** Going back on request: what rollback does on the way forward, for `corpus rollback`; and how that is taken back. */
import { existsSync, rmSync } from 'node:fs'
import { bringBack } from '../deployment/bring-back.ts'
import { restoreSaved, savedFile } from '../deployment/configuration.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { dataMarker, keptData } from '../deployment/kept-data.ts'
import { moveBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type DeploymentRecord, readRecord } from '../pipeline/history.ts'
import { nameOf } from '../pipeline/numbers.ts'
import type { Step } from '../pipeline/procedure.ts'
import { pillarBranches } from '../project/pillar.ts'

export const goBack: Step<Deployment> = {
  does: 'Brings back a kept release, with its pillar, configuration and variables (and data where asked), and runs it.',
  async run(deployment: Deployment) {
    const { layout, request } = deployment
    const target = request.target ? readRecord(layout, request.target) : undefined
    if (!target) throw new CorpusError('RELEASE_UNKNOWN', `The release ${request.target} is not kept any more.`)
    const { previous } = deployment
    deployment.emit({
      type: 'rollback',
      to: target.release,
      toName: describedRelease(target),
      fromName: previous && describedRelease(previous),
    })
    const bringTargetBack = async () => {
      restoreSaved(layout, savedFile(layout, target.release))
      rmSync(layout.checked, { force: true })
      await bringBack(deployment, target)
    }
    const source = request.data ?? request.backup
    if (source === undefined) return bringTargetBack()
    const { putDataBack, releaseWithData, restoreReleaseData } = await import('../deployment/data.ts')
    if (request.data !== undefined) releaseWithData(layout, request.data)
    await putDataBack(deployment, async () => {
      await bringTargetBack()
      if (request.data !== undefined) await restoreReleaseData(deployment, keptData(layout, request.data))
      else await (await import('../deployment/backup.ts')).restoreBackup(deployment, request.backup ?? 'latest')
    })
  },
  async after(deployment: Deployment, way) {
    await way.again()
    const { layout, shell, branch, commit, previous } = deployment
    if (branch !== null && commit !== null && commit !== previous?.commit) {
      const moved = await moveBranch(shell, layout.projectGit, branch, commit, previous?.commit ?? null)
      note(deployment, moved ? `${branch} is at ${commit.slice(0, 10)} again` : `${branch} has moved on and stays`)
    }
    const pillar = deployment.pillarCommit
    if (pillar !== null && pillar !== previous?.pillar_commit && previous?.pillar_commit) {
      for (const name of pillarBranches(layout))
        await moveBranch(shell, layout.pillarGit, name, pillar, previous.pillar_commit)
    }
  },
}

/** The data that was there before other data was put back. It is read by the configuration that was there, too. */
export async function returnData(deployment: Deployment): Promise<void> {
  if (existsSync(dataMarker(deployment))) await (await import('../deployment/data.ts')).takeDataBack(deployment)
}

/** One that did not come to its end may have moved the branches already: they name what runs again. */
export async function returnBranches(deployment: Deployment): Promise<void> {
  const { layout, shell, request, previous, branch } = deployment
  const target = request.target ? readRecord(layout, request.target) : undefined
  if (!target || !previous) return
  if (branch !== null && target.commit && previous.commit && target.commit !== previous.commit)
    await moveBranch(shell, layout.projectGit, branch, previous.commit, target.commit)
  if (target.pillar_commit && previous.pillar_commit && target.pillar_commit !== previous.pillar_commit)
    for (const name of pillarBranches(layout))
      await moveBranch(shell, layout.pillarGit, name, previous.pillar_commit, target.pillar_commit)
}

/** `v12 (1a2b3c4d5e: Mend the cart)`. */
function describedRelease(record: DeploymentRecord): string {
  const what = [record.commit?.slice(0, 10), record.subject].filter(Boolean).join(': ')
  return what === '' ? nameOf(record) : `${nameOf(record)} (${what})`
}
