/** Going back on request: what `corpus rollback` runs in place of the way forward. */

import { rmSync } from 'node:fs'
import { restoreSaved, savedFile } from '../deployment/configuration.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { keptData } from '../deployment/kept-data.ts'
import { moveBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type DeploymentRecord, readRecord } from '../pipeline/history.ts'
import { nameOf } from '../pipeline/numbers.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { pillarBranches } from '../project/pillar.ts'
import { bringBack, runAgain } from './rollback.ts'

export const goBack = defineProcedure({
  name: 'rollback',
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
  async after(deployment: Deployment) {
    await runAgain(deployment)
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
})

/** `v12 (1a2b3c4d5e: Mend the cart)`. */
function describedRelease(record: DeploymentRecord): string {
  const what = [record.commit?.slice(0, 10), record.subject].filter(Boolean).join(': ')
  return what === '' ? nameOf(record) : `${nameOf(record)} (${what})`
}
