/** A backup of one project: its data as it stands, dumps of its databases, and what else is named; and the way back. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { Account } from '../shell/shell.ts'
import { keepData, restoreData } from './data.ts'
import type { DataItem } from './item.ts'
import { type CreatedBackup, createBackup, findBackup, type Repository, unpackBackup } from './restic.ts'

export interface ProjectBackup {
  readonly repository: Repository
  readonly items: readonly DataItem[]
  readonly dataFolder: string
  /** Always the same folder, on the disk of the data: dumps stand in it while they are backed up, and what is restored before it takes its place. */
  readonly staging: string
  readonly user?: Account
  readonly signal?: AbortSignal
}

/** Databases are dumped unpacked, for restic finds what did not change in them, and packs the rest. `also` are paths that must be there. */
export async function backUpProject(backup: ProjectBackup, also: readonly string[] = []): Promise<CreatedBackup> {
  const { items, dataFolder, staging } = backup
  const gone = items.filter(isPath).find(item => !existsSync(join(dataFolder, item.path)))
  if (gone) throw new CorpusError('BACKUP_FAILED', `There is no ${gone.path} in the data to back up.`)
  mkdirSync(staging, { recursive: true, mode: 0o700 })
  const folder = join(staging, 'dumps')
  try {
    await keepData({ ...workOf(backup, folder), items: items.filter(item => !isPath(item)) }, { packed: false })
    const paths = items.filter(isPath).map(item => join(dataFolder, item.path))
    return await createBackup(backup.repository, [folder, ...paths, ...also], [join(dataFolder, '.corpus')])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What was put back, and the names of paths that the backup does not have: they stay as they are. */
export interface RestoredBackup {
  readonly id: string
  readonly absent: readonly string[]
}

/** Puts the data of a backup back; on any failure it is what it was. */
export async function restoreProject(backup: ProjectBackup, id: string): Promise<RestoredBackup> {
  const found = await findBackup(backup.repository, id)
  mkdirSync(backup.staging, { recursive: true, mode: 0o700 })
  const unpacked = mkdtempSync(join(backup.staging, 'restore-'))
  try {
    await unpackBackup(backup.repository, found, unpacked)
    const trees = new Map<string, string>()
    for (const item of backup.items.filter(isPath)) {
      const place = join(unpacked, backup.dataFolder, item.path)
      if (existsSync(place)) trees.set(item.name, item.path === '.' ? place : dirname(place))
    }
    const items = backup.items.filter(item => !isPath(item) || trees.has(item.name))
    await restoreData(workOf({ ...backup, items }, join(unpacked, backup.staging, 'dumps')), { trees })
    const absent = backup.items.filter(item => !items.includes(item)).map(item => item.name)
    return { id: found.id, absent }
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
}

function isPath(item: DataItem): item is DataItem & { kind: 'path' } {
  return item.kind === 'path'
}

function workOf(backup: ProjectBackup, folder: string) {
  const { repository, items, dataFolder, user, signal } = backup
  return { shell: repository.shell, items, dataFolder, folder, ...(user && { user }), ...(signal && { signal }) }
}
