/** reconfigure: the state file has it all. */

import type { Deployment } from '../deployment/deployment.ts'
import { defineProcedure } from '../pipeline/procedure.ts'

export const reconfigure = defineProcedure({
  name: 'reconfigure',
  again: true,
  does: 'Writes settings and registers maintenance, for trees that were built elsewhere or have a new pillar.',
  async run(_deployment: Deployment) {
    // All of it is the project's and its installer's to say, in the state file.
  },
})
