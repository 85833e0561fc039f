/** domains add: a host name for a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text, word } from '../schema.ts'

export const domainsAddRequest = defineRequest({
  name: 'domains add',
  does: 'Gives a project a host name, from its next deployment on.',
  example: 'corpus domains add demo www.example.org && corpus deploy demo --only activate',
  params: object({ name: project(), host: word('HOST', 'a host name') }),
  answer: Type.Array(text(), { description: 'all of them' }),
  http: 'POST /projects/{name}/domains',
  right: 'configure on project',
  kind: 'change',
  changes: 'domains list',
  async stands(asked, { name }) {
    const { settingsStand } = await import('../stands.ts')
    return settingsStand(asked, name, ['domains'])
  },
  async run(asked, { name, host }) {
    const { changeDomains } = await import('../maintenance.ts')
    return changeDomains(asked, name, { add: host })
  },
})
