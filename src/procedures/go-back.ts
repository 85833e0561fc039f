/** Going back on request: what `corpus rollback` runs in place of the way forward. */

import { moveBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { readRecord } from '../pipeline/history.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { restoreSaved, savedFile } from './configuration.ts'
import { type Deployment, note } from './deployment.ts'
import { bringBack, runAgain } from './rollback.ts'

export const goBack = defineProcedure({
  name: 'rollback',
  does: 'Brings back a kept release, with its pillar and configuration, and runs it.',
  async run(deployment: Deployment) {
    const { layout, request } = deployment
    const target = request.target ? readRecord(layout, request.target) : undefined
    if (!target) throw new CorpusError('RELEASE_UNKNOWN', `The release ${request.target} is not kept any more.`)
    deployment.emit({ type: 'rollback', to: target.release })
    restoreSaved(layout, savedFile(layout, target.release))
    await bringBack(deployment, target)
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
      for (const name of ['master', 'main'])
        await moveBranch(shell, layout.pillarGit, name, pillar, previous.pillar_commit)
    }
  },
})
