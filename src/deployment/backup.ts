/** Backups of a project to the target that its configuration names: made, listed, held against their digests, put back. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { dataItems } from '../backups/declared.ts'
import type { DataItem } from '../backups/item.ts'
import { type ProjectBackup, restoreProject } from '../backups/project-backup.ts'
import { backupTarget, refuseOthersFolder } from '../backups/target.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type ProjectLayout, rootLayout } from '../kernel/layout.ts'
import { atHome } from '../project/account.ts'
import type { Dict } from '../salt/python/dict.ts'
import type { Account, Shell } from '../shell/shell.ts'
import { type Deployment, note } from './deployment.ts'

export interface BackupSource {
  readonly layout: ProjectLayout
  readonly cfg: Dict
  readonly shell: Shell
  readonly account: Account | null
  readonly signal?: AbortSignal
}

/** Corpus's own folder for a project's backups: restic's cache, the copy of a repository that rsync carries, a lock. */
export const backupFolder = (layout: ProjectLayout): string => join(rootLayout(layout.root).backups, layout.name)

/** All of the data where the configuration does not say what is kept. Throws BACKUP_INVALID, DATA_INVALID. */
export function projectBackup({ layout, cfg, shell, account, signal }: BackupSource): ProjectBackup {
  const ownFolder = backupFolder(layout)
  const target = backupTarget(settingOf(cfg, 'backup'), ownFolder)
  if (target === undefined)
    throw new CorpusError('BACKUP_INVALID', `The configuration of ${layout.name} names no target for backups.`, {
      detail: `A folder, or what restic can reach: corpus config set ${layout.name} backup.target=/var/backups/${layout.name}`,
    })
  refuseOthersFolder(target)
  mkdirSync(ownFolder, { recursive: true, mode: 0o700 })
  const declared = dataItems(settingOf(cfg, 'data_archives'))
  const whole: DataItem[] = [{ kind: 'path', name: 'data', path: '.' }]
  const cancel = signal ? { signal } : {}
  return {
    repository: { shell, target, project: layout.name, ownFolder, ...cancel },
    items: declared.length === 0 ? whole : declared,
    dataFolder: layout.data,
    records: layout.restores,
    staging: join(layout.archives, 'backup'),
    ...(account ? { user: atHome(account, layout) } : {}),
    ...cancel,
  }
}

export async function restoreBackup(deployment: Deployment, id: string): Promise<void> {
  const restored = await restoreProject(projectBackup(deployment), id)
  note(deployment, `put back the backup ${restored.id.slice(0, 8)}`)
  if (restored.absent.length > 0) {
    const names = restored.absent.join(', ')
    note(deployment, `${names}: not in the backup, and left as it is`, 'notice')
  }
}
