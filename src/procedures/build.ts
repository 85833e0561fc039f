/** build: what turns the pushed tree into one that runs. */
import { chownSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineProcedure } from '../pipeline/procedure.ts'
import { type Deployment, ownerOf } from './deployment.ts'

/** What builds keep between releases lives below `build/cache`: it is no part of a release. */
const kept = 'cache'

export const build = defineProcedure({
  name: 'build',
  does: 'Wipes the build folder (but for its cache) and builds the application.',
  async run(deployment: Deployment) {
    const { build } = deployment.layout
    mkdirSync(join(build, kept), { recursive: true })
    for (const name of readdirSync(build)) {
      if (name !== kept) rmSync(join(build, name), { recursive: true, force: true })
    }
    const owner = ownerOf(deployment)
    if (owner) for (const folder of [build, join(build, kept)]) chownSync(folder, owner.uid, owner.gid)
  },
})
