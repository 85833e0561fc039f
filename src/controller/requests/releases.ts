/** releases: what was deployed, and what can be gone back to. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, oneOf, project, text } from '../schema.ts'
import { endStates } from './answers.ts'

export const releasesRequest = defineRequest({
  name: 'releases',
  does: 'Lists the releases of a project, newest first: the current one is marked, and those that are kept can be gone back to.',
  example: 'corpus releases demo',
  params: object({ name: project() }),
  answer: Type.Array(
    object({
      release: text('its id'),
      name: nullable(text('`v12`; null for releases of an older corpus')),
      status: oneOf([...endStates, 'running']),
      bundle: nullable(
        oneOf(['bundling', 'failed'], {
          description: 'in cooking: its archive is on its way, or failed; null where it is there, or none is made',
        }),
      ),
      commit: nullable(text()),
      subject: nullable(text()),
      author: nullable(text('null where the commit is not kept any more')),
      tags: Type.Array(text(), { description: 'that name the commit' }),
      pillar_commit: nullable(text()),
      by: text(),
      started_at: text('UTC'),
      seconds: nullable(Type.Number()),
      current: Type.Boolean({ description: 'it runs' }),
      kept: Type.Boolean({ description: 'it can be gone back to' }),
    }),
  ),
  http: 'GET /projects/{name}/releases',
  right: 'see on project',
  kind: 'read',
  paged: { by: 'release' },
  async run(asked, { name }) {
    const { releases } = await import('../releases.ts')
    return releases(asked, name)
  },
})
