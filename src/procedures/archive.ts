/** archive: what ran until now is kept. Trees never move, so keeping one is bookkeeping. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '../kernel/files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import type { Deployment } from './deployment.ts'
import { rotateArchives } from './rotation.ts'

export const archive = defineProcedure({
  name: 'archive',
  does: 'Keeps the release that runs, its tree, pillar and configuration, and rotates older ones away in the background.',
  async run(deployment: Deployment) {
    const { layout, previous } = deployment
    if (previous && existsSync(layout.release(previous.release))) {
      writeWhole(join(layout.release(previous.release), 'release.json'), `${JSON.stringify(previous, null, 1)}\n`)
    }
    deployment.afterwards.push(() => rotateArchives(deployment))
  },
})
