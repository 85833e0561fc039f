/** post_install: the state file has it all. */
import { defineProcedure } from '../pipeline/procedure.ts'
import type { Deployment } from './deployment.ts'

export const postInstall = defineProcedure({
  name: 'post_install',
  does: 'Runs what is left to do once the new release is active.',
  async run(_deployment: Deployment) {
    // All of it is the project's and its installer's to say, in the state file.
  },
})
