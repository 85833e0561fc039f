/** corpus backup create, list, restore and verify; corpus restore. */
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'
import { showDeployment } from './follow.ts'

export const backupCreateCommand = defineCommand({
  name: 'backup create',
  does: 'Backs up the data, the databases and the repositories of a project to the target that `backup` names, and forgets old backups.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus backup create demo',
  async run(invocation) {
    const { createBackup } = await import('../../controller/backup.ts')
    const made = await createBackup(invocation.context, invocation.args[0] ?? '')
    const { readable } = await import('../../disk/space.ts')
    const absent = made.absent.length > 0 ? `; not there yet: ${made.absent.join(', ')}` : ''
    const short = `${made.incomplete ? '; files that went meanwhile are not in it' : ''}${absent}`
    invocation.print(
      invocation.json
        ? `${JSON.stringify(made)}\n`
        : `${made.id.slice(0, 8)}: ${made.files} files, ${readable(made.bytes)}, ${readable(made.addedBytes)} of it new${short}\n`,
    )
    return 0
  },
})

export const backupListCommand = defineCommand({
  name: 'backup list',
  does: 'Lists the backups of a project, newest first.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus backup list demo',
  async run(invocation) {
    const { backups } = await import('../../controller/backup.ts')
    const rows = await backups(invocation.context, invocation.args[0] ?? '')
    const table = () =>
      tableText(
        ['backup', 'made', 'on'],
        rows.map(one => [one.id.slice(0, 8), one.time, one.host]),
      )
    invocation.print(invocation.json ? `${JSON.stringify(rows)}\n` : table())
    return 0
  },
})

export const backupRestoreCommand = defineCommand({
  name: 'backup restore',
  does: 'Puts the data of a backup back below the release that runs: the named one, or the newest. The processes stop meanwhile.',
  arguments: ['NAME', '[BACKUP]'],
  answers: true,
  example: 'corpus backup restore demo 1a2b3c4d',
  async run(invocation) {
    const { backupNamed } = await import('../../controller/backup.ts')
    const { restoreFromBackup } = await import('../../controller/deploy.ts')
    const [name = '', id = 'latest'] = invocation.args
    const backup = await backupNamed(invocation.context, name, id)
    return showDeployment(invocation, await restoreFromBackup(invocation.context, name, invocation.by, backup.id))
  },
})

export const backupVerifyCommand = defineCommand({
  name: 'backup verify',
  does: 'Holds the repository of the backups against its digests.',
  arguments: ['NAME'],
  options: [{ flags: '--all', does: 'every byte of it: reads the whole repository' }],
  example: 'corpus backup verify demo --all',
  async run(invocation) {
    const { verify } = await import('../../controller/backup.ts')
    await verify(invocation.context, invocation.args[0] ?? '', invocation.options['all'] === true)
    invocation.print('the backups are sound\n')
    return 0
  },
})

export const restoreCommand = defineCommand({
  name: 'restore',
  does: 'Puts the data back that was kept with a release (the named one, or the newest that is kept) below the release that runs. The processes stop meanwhile.',
  arguments: ['NAME', '[RELEASE]'],
  answers: true,
  example: 'corpus restore demo',
  async run(invocation) {
    const { restoreData } = await import('../../controller/deploy.ts')
    const [name = '', release] = invocation.args
    return showDeployment(invocation, await restoreData(invocation.context, name, invocation.by, release))
  },
})
