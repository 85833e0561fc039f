/** reindex: the index of the files is made anew. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, text } from '../schema.ts'

export const reindexRequest = defineRequest({
  name: 'reindex',
  does: 'Reads the index of projects and releases from the files anew; a damaged store is moved aside first, and what can be read of it kept.',
  example: 'corpus reindex',
  params: object({}),
  answer: object({
    projects: Type.Integer(),
    deployments: Type.Integer(),
    moved_aside: nullable(text('where the damaged store is now')),
    saved: Type.Integer({ description: 'rows of what no file has that were brought over from it' }),
  }),
  http: 'POST /reindex',
  right: 'operate on machine',
  kind: 'change',
  async run(asked) {
    const { reindex } = await import('../reindex.ts')
    return reindex(asked)
  },
})
