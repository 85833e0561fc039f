/** rollback: back to a release that is kept. */
import { flag, object, project, wordThere } from '../schema.ts'
import { defineJob } from './job.ts'

export const rollbackRequest = defineJob({
  name: 'rollback',
  does: 'Goes back to a kept release: the named one, or the one that ran before.',
  example: 'corpus rollback demo',
  params: object({
    name: project(),
    release: wordThere('RELEASE', 'v12, a release id or its beginning, or a commit'),
    with_data: flag('put the data back, too, that was kept with it; the processes stop meanwhile'),
  }),
  http: 'POST /projects/{name}/rollback',
  right: 'deploy on project',
  more: { with_data: 'operate' },
  async begin(asked, { name, release, with_data }, caller) {
    const { rollBack } = await import('../deploy.ts')
    return rollBack(asked, name, caller.name, release, with_data)
  },
})
