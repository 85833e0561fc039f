/** trigger: what starts a deployment. */

import { existsSync } from 'node:fs'
import { settingOf } from '../configuration/settings/index.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { stopForDowntime } from '../deployment/processes.ts'
import { needSpace, settlePrefetched } from '../deployment/space.ts'
import { CorpusError } from '../kernel/errors.ts'
import { linkIfThere, textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { defineProcedure } from '../pipeline/procedure.ts'

export const trigger = defineProcedure({
  name: 'trigger',
  stateFile: 'previous',
  does: 'Checks that the project may be deployed now, and stops its processes first where the configuration says downtime.',
  async run(deployment: Deployment) {
    await settlePrefetched(deployment)
    refuseEarly(deployment)
    if (settingOf(deployment.cfg, 'downtime') === true) {
      note(deployment, 'downtime: true, so the processes stop now and start again in activate')
      await stopForDowntime(deployment)
    }
  },
})

/** Throws PROJECT_FROZEN, DISK_LOW, LAYOUT_DAMAGED: asked before the first step too, when there is nothing yet to take back. */
export function refuseEarly(deployment: Pick<Deployment, 'layout' | 'cfg' | 'request'>): void {
  const { layout, request } = deployment
  if (existsSync(layout.frozen)) {
    throw new CorpusError('PROJECT_FROZEN', `${layout.name} is frozen.`, {
      detail: textIfThere(layout.frozen)?.trim() ?? '',
    })
  }
  refuseFolder(layout)
  // Going back makes no tree, and may be the way out of a full disk.
  if (request.kind !== 'rollback') needSpace(deployment)
}

/** `project` is a link, and replacing it is how a release comes and goes. Throws LAYOUT_DAMAGED where somebody put a folder there. */
export function refuseFolder({ project }: Pick<ProjectLayout, 'project'>): void {
  if (linkIfThere(project) === undefined && existsSync(project))
    throw new CorpusError('LAYOUT_DAMAGED', `${project} is a folder, where a link to the release belongs.`)
}
