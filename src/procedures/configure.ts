/** configure: the state file has it all. */

import type { Deployment } from '../deployment/deployment.ts'
import { defineProcedure } from '../pipeline/procedure.ts'

export const configure = defineProcedure({
  name: 'configure',
  does: 'Prepares the tree and what a build needs: settings, patches, prerequisites.',
  async run(_deployment: Deployment) {
    // All of it is the project's and its installer's to say, in the state file.
  },
})
