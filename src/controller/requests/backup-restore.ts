/** backup restore: the data of a backup, below the release that runs. */
import { object, project, wordThere } from '../schema.ts'
import { defineJob } from './job.ts'

export const backupRestoreRequest = defineJob({
  name: 'backup restore',
  does: 'Puts the data of a backup back below the release that runs: the named one, or the newest. The processes stop meanwhile.',
  example: 'corpus backup restore demo 1a2b3c4d',
  params: object({ name: project(), backup: wordThere('BACKUP', 'its id or the beginning of it') }),
  http: 'POST /projects/{name}/backups/restore',
  right: 'operate on project',
  async begin(asked, { name, backup = 'latest' }, caller) {
    const [{ backupNamed }, { restoreFromBackup }] = await Promise.all([import('../backup.ts'), import('../deploy.ts')])
    const { id } = await backupNamed(asked, name, backup)
    return restoreFromBackup(asked, name, caller.name, id)
  },
})
