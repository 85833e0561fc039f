/** archive: what ran until now is kept. Trees never move, so keeping one is bookkeeping. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { readConfiguration } from '../deployment/configuration.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { keptData } from '../deployment/kept-data.ts'
import { rotateArchives } from '../deployment/rotation.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { writeWhole } from '../kernel/files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { bringPillar, pillarAt } from '../project/pillar.ts'

export const archive = defineProcedure({
  name: 'archive',
  stateFile: 'previous',
  does: 'Keeps the release that runs, its tree, pillar, configuration and the data that is to be kept, and rotates older ones away in the background.',
  async run(deployment: Deployment) {
    const { layout, previous } = deployment
    if (previous && existsSync(layout.release(previous.release))) {
      writeWhole(join(layout.release(previous.release), 'release.json'), `${JSON.stringify(previous, null, 1)}\n`)
    }
    if (isDeclared(deployment) && previous && existsSync(layout.release(previous.release)))
      await keepData(deployment, keptData(layout, previous.release))
    deployment.afterVerdict.push(() => rotateArchives(deployment))
  },
})

/** Whether the configuration says what is kept. */
export function isDeclared({ cfg }: Pick<Deployment, 'cfg'>): boolean {
  return settingOf(cfg, 'data_archives') !== null
}

/** What is pushed may be what mends it: where data cannot be kept as the pillar of before says, the pushed one is asked. */
async function keepData(deployment: Deployment, folder: string): Promise<void> {
  const { layout } = deployment
  const { keepReleaseData } = await import('../deployment/data.ts')
  try {
    await keepReleaseData(deployment, folder)
  } catch (error) {
    if (deployment.signal.aborted) throw error
    if (deployment.pillarCommit === null || deployment.pillarCommit === pillarAt(layout))
      throw withWayRound(error, layout)
    note(deployment, `${faultOf(error).message} What was pushed is asked how it is done`, 'warning')
    await bringPillar(deployment)
    await readConfiguration(deployment)
    if (!isDeclared(deployment)) return
    await keepReleaseData(deployment, folder).catch(again => {
      throw withWayRound(again, layout)
    })
  }
}

/** Neither a dump that never worked nor a lost database may stand in the way of its own mending. */
function withWayRound(error: unknown, { name }: { readonly name: string }): unknown {
  if (!(error instanceof CorpusError)) return error
  const way = `To deploy all the same, and keep no data this time: git push -o skip=archive, or corpus deploy ${name} --skip archive`
  return new CorpusError(error.code, error.message, {
    detail: [error.detail, way].filter(Boolean).join('\n'),
    cause: error,
  })
}
