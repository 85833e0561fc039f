/** archive: what ran until now is kept. Trees never move, so keeping one is bookkeeping. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '../kernel/files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import type { Deployment } from './deployment.ts'
import { keptData } from './kept-data.ts'
import { rotateArchives } from './rotation.ts'

export const archive = defineProcedure({
  name: 'archive',
  does: 'Keeps the release that runs, its tree, pillar, configuration and the data that is to be kept, and rotates older ones away in the background.',
  async run(deployment: Deployment) {
    const { layout, previous } = deployment
    if (previous && existsSync(layout.release(previous.release))) {
      writeWhole(join(layout.release(previous.release), 'release.json'), `${JSON.stringify(previous, null, 1)}\n`)
    }
    const kept = deployment.cfg.get('data_archives')
    if (kept !== undefined && kept !== null && previous && existsSync(layout.release(previous.release))) {
      await (await import('./data.ts')).keepReleaseData(deployment, keptData(layout, previous.release))
    }
    deployment.afterwards.push(() => rotateArchives(deployment))
  },
})
