/** domains remove: a host name is taken from a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text, word } from '../schema.ts'

export const domainsRemoveRequest = defineRequest({
  name: 'domains remove',
  does: 'Takes a host name from a project, from its next deployment on.',
  example: 'corpus domains remove demo www.example.org',
  params: object({ name: project(), host: word('HOST', 'as it was added, or as it is listed') }),
  answer: Type.Array(text(), { description: 'those that are left' }),
  http: 'DELETE /projects/{name}/domains/{host}',
  right: 'configure on project',
  kind: 'change',
  changes: 'domains list',
  async stands(asked, { name }) {
    const { settingsStand } = await import('../stands.ts')
    return settingsStand(asked, name, ['domains'])
  },
  async run(asked, { name, host }) {
    const { changeDomains } = await import('../maintenance.ts')
    return changeDomains(asked, name, { remove: host })
  },
})
