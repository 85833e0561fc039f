/** domains list: the host names of a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const domainsListRequest = defineRequest({
  name: 'domains list',
  does: 'Lists the host names of a project.',
  example: 'corpus domains list demo',
  params: object({ name: project() }),
  answer: Type.Array(text()),
  http: 'GET /projects/{name}/domains',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { changeDomains } = await import('../maintenance.ts')
    return changeDomains(asked, name, {})
  },
})
