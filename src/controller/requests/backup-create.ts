/** backup create: a backup of a project, now. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const backupCreateRequest = defineRequest({
  name: 'backup create',
  does: 'Backs up the data, the databases and the repositories of a project to the target that `backup` names, and forgets old backups.',
  example: 'corpus backup create demo',
  params: object({ name: project() }),
  answer: object({
    id: text(),
    files: Type.Integer(),
    bytes: Type.Integer(),
    addedBytes: Type.Integer({ description: 'what it added to the repository of the backups' }),
    incomplete: Type.Boolean({ description: 'files that went or changed meanwhile are not in it' }),
    absent: Type.Array(text(), { description: 'what `data_archives` names and the data does not have yet' }),
  }),
  http: 'POST /projects/{name}/backups',
  right: 'operate on project',
  kind: 'change',
  async run(asked, { name }) {
    const { createBackup } = await import('../backup.ts')
    return createBackup(asked, name)
  },
})
