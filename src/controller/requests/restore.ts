/** restore: data that was kept with a release, below the release that runs. */
import { object, project, wordThere } from '../schema.ts'
import { defineJob } from './job.ts'

export const restoreRequest = defineJob({
  name: 'restore',
  does: 'Puts the data back that was kept with a release (the named one, or the newest that is kept) below the release that runs. The processes stop meanwhile.',
  example: 'corpus restore demo',
  params: object({ name: project(), release: wordThere('RELEASE', 'v12, a release id or its beginning') }),
  http: 'POST /projects/{name}/restore',
  right: 'operate on project',
  async begin(asked, { name, release }, caller) {
    const { restoreData } = await import('../deploy.ts')
    return restoreData(asked, name, caller.name, release)
  },
})
