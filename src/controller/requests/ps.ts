/** ps: the processes of an application. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, project, text } from '../schema.ts'

export const psRequest = defineRequest({
  name: 'ps',
  does: 'Lists the processes of an application.',
  example: 'corpus ps demo',
  params: object({ name: project() }),
  answer: Type.Array(
    object({
      name: text('`web.1`'),
      pid: nullable(Type.Integer()),
      state: text(),
      address: nullable(text()),
      release: text(),
      restarts: Type.Integer({ description: 'how often it died and was started again' }),
      last_exit: nullable(text('`status 1`, `SIGKILL`; null when it never ended')),
    }),
  ),
  http: 'GET /projects/{name}/processes',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { processes } = await import('../ps.ts')
    return processes(asked, name)
  },
})
