/** Backups on request: made, listed and verified without a deployment; putting one back is a deployment of its own. */
import { join } from 'node:path'
import { backUpProject, type ProjectBackup, withoutAbsent } from '../backups/project-backup.ts'
import { type Backup, type CreatedBackup, findBackup, listBackups, verifyBackups } from '../backups/restic.ts'
import { backupFolder, projectBackup } from '../deployment/backup.ts'
import { CorpusError } from '../kernel/errors.ts'
import { accountOf } from '../project/account.ts'
import { loadConfiguration } from '../project/configuration.ts'
import { treeInUse } from '../project/tree.ts'
import { takeLock } from '../shell/lock.ts'
import { type Context, openProject } from './context.ts'
import { installersOf } from './installed.ts'

export interface ProjectBackupMade extends CreatedBackup {
  /** What `data_archives` names and the data does not have yet. */
  readonly absent: readonly string[]
}

/** Data, databases and both repositories. Deployments go on meanwhile; a second backup at once is refused. */
export async function createBackup(context: Context, name: string): Promise<ProjectBackupMade> {
  const { layout, backup } = await opened(context, name)
  const lock = takeLock(join(backupFolder(layout), 'lock'), 1)
  if (lock === null) throw new CorpusError('PROJECT_BUSY', `Another backup of ${layout.name} is under way.`)
  try {
    const there = await withoutAbsent(backup)
    const absent = backup.items.filter(item => !there.items.includes(item)).map(item => item.name)
    return { ...(await backUpProject(there, [layout.git])), absent }
  } finally {
    lock.release()
  }
}

export async function backups(context: Context, name: string): Promise<Backup[]> {
  return listBackups((await opened(context, name)).backup.repository)
}

/** Throws BACKUP_UNKNOWN. */
export async function backupNamed(context: Context, name: string, id: string): Promise<Backup> {
  return findBackup((await opened(context, name)).backup.repository, id)
}

export async function verify(context: Context, name: string, all: boolean): Promise<void> {
  await verifyBackups((await opened(context, name)).backup.repository, { all })
}

async function opened(context: Context, name: string) {
  const layout = await openProject(context, name)
  const { cfg } = await loadConfiguration(layout, treeInUse(layout), installersOf(context))
  const account = accountOf(cfg)
  const backup: ProjectBackup = projectBackup({ layout, cfg, shell: context.shell, account })
  return { layout, backup }
}
