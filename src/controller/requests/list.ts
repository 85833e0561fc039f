/** list: the projects of a machine. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object } from '../schema.ts'
import { aboutProject } from './status.ts'

export const listRequest = defineRequest({
  name: 'list',
  does: 'Lists the projects of this machine that one may see.',
  example: 'corpus list',
  tooMany: 'list takes no words: it names all projects. Of one tells `corpus status NAME`.',
  params: object({}),
  answer: Type.Array(object(aboutProject())),
  http: 'GET /projects',
  right: 'see on each project',
  kind: 'read',
  paged: { by: 'name' },
  async run(asked, _, caller) {
    const [{ list }, { mayDo, onProject }] = await Promise.all([import('../status.ts'), import('../may-do.ts')])
    const all = await list(asked)
    return all.filter(one => mayDo(caller, 'see', onProject(one.name)))
  },
})
