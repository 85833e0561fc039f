/** ps restart: every process is replaced. */
import { object, project } from '../schema.ts'
import { defineJob } from './job.ts'

export const psRestartRequest = defineJob({
  name: 'ps restart',
  does: 'Replaces the processes of an application one for one: new ones start beside the old, and take over.',
  example: 'corpus ps demo restart',
  typed: 'ps NAME restart',
  tooMany: 'restart takes no words: it replaces all processes of the project, one for one.',
  params: object({ name: project() }),
  http: 'POST /projects/{name}/processes/restart',
  right: 'operate on project',
  async begin(asked, { name }, caller) {
    const { restart } = await import('../ps.ts')
    return restart(asked, name, caller.name)
  },
})
