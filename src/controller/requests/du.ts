/** du: what a project takes on the disk. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const duRequest = defineRequest({
  name: 'du',
  does: 'Says what a project takes on the disk: its data, each release, caches, logs.',
  example: 'corpus du demo',
  params: object({ name: project() }),
  answer: object({
    bytes: Type.Integer({ description: 'all of it' }),
    parts: Type.Array(object({ what: text(), path: text(), bytes: Type.Integer() })),
  }),
  http: 'GET /projects/{name}/disk',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { diskUsage } = await import('../du.ts')
    const parts = await diskUsage(asked, name)
    return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), parts }
  },
})
