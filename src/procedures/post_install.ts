/** post_install: the state file has it all, but for a first try at what a later deployment counts on. */

import { type Deployment, note } from '../deployment/deployment.ts'
import { keptData } from '../deployment/kept-data.ts'
import { removeNow } from '../disk/remove.ts'
import { faultOf } from '../kernel/errors.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { isDeclared } from './archive.ts'

export const postInstall = defineProcedure({
  name: 'post_install',
  again: true,
  does: 'Runs what is left to do once the new release is active.',
  async run(_deployment: Deployment) {
    // All of it is the project's and its installer's to say, in the state file.
  },
  async after(deployment: Deployment) {
    if (deployment.previous === null && isDeclared(deployment)) await tryToKeep(deployment)
  },
})

/** With the second deployment data is kept: that it cannot be is known with the first. */
async function tryToKeep(deployment: Deployment): Promise<void> {
  const folder = `${keptData(deployment.layout, deployment.release)}.tried`
  try {
    await (await import('../deployment/data.ts')).keepReleaseData(deployment, folder)
  } catch (error) {
    if (deployment.signal.aborted) throw error
    const { message, detail } = faultOf(error)
    note(deployment, `${message} The next deployment would fail for it: correct data_archives`, 'warning')
    if (detail) deployment.emit({ type: 'output', text: `${detail}\n` })
  } finally {
    await removeNow(deployment.shell, folder)
  }
}
