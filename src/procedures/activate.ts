/** activate: the new release's processes serve. */

import type { Deployment } from '../deployment/deployment.ts'
import { applicationFolder } from '../deployment/deployment.ts'
import { switchToRelease, visitedProcesses, withdrawProcesses } from '../deployment/processes.ts'
import { installSchedule } from '../deployment/schedule.ts'
import { defineProcedure } from '../pipeline/procedure.ts'

export const activate = defineProcedure({
  name: 'activate',
  again: true,
  does: 'Starts the processes of the new release beside the old ones, waits until they are healthy, stops the old ones, and hands jobs to the clock.',
  async run(_deployment: Deployment) {
    // The state file comes first: it may write units or settings that the processes need.
  },
  async after(deployment: Deployment) {
    const { found } = deployment
    found.url = null
    const serving = await switchToRelease(deployment)
    // Where there is no nginx in front, the process itself is what can be asked.
    const visited = new Set<string>(visitedProcesses(deployment, applicationFolder(deployment)))
    const reached = serving.filter(one => one.address && visited.has(one.process))
    const web = reached.find(one => one.process === 'web') ?? reached[0]
    if (found.url === null && web?.address) found.url = `http://${web.address.host}:${web.address.port}/`
    await installSchedule(deployment, applicationFolder(deployment))
    found.activated = true
  },
  undo: withdrawProcesses,
})
