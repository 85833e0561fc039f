/** backup list: the backups of a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const backupListRequest = defineRequest({
  name: 'backup list',
  does: 'Lists the backups of a project, newest first.',
  example: 'corpus backup list demo',
  params: object({ name: project() }),
  answer: Type.Array(object({ id: text(), time: text('ISO 8601'), host: text(), paths: Type.Array(text()) })),
  http: 'GET /projects/{name}/backups',
  right: 'see on project',
  kind: 'read',
  paged: { by: 'id' },
  async run(asked, { name }) {
    const { backups } = await import('../backup.ts')
    return backups(asked, name)
  },
})
