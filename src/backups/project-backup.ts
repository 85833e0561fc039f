/** A backup of one project: dumps of its data and databases, and what else is named; and the way back. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { entryBelow, inFolder } from '../kernel/beneath.ts'
import { type Program, program } from '../shell/programs.ts'
import type { Account } from '../shell/shell.ts'
import { type DataWork, itemsThere, keepData, manifestOf, readDataManifest, restoreData } from './data.ts'
import type { DataItem } from './item.ts'
import { type CreatedBackup, createBackup, findBackup, type Repository, unpackBackup } from './restic.ts'
import { run } from './run.ts'

export interface ProjectBackup {
  readonly repository: Repository
  readonly items: readonly DataItem[]
  readonly dataFolder: string
  /** A folder that the account does not reach. */
  readonly records: string
  /** Always the same folder, that the account does not reach: dumps stand in it while they are backed up. */
  readonly staging: string
  readonly user?: Account
  readonly signal?: AbortSignal
}

/**
 * restic has the keys of the repository, and goes where the account cannot: so it never walks the data. What it gets are
 * dumps that the account made, unpacked, for it finds what did not change in them, and packs the rest. `also` are paths that
 * must be there, and that are root's.
 */
export async function backUpProject(backup: ProjectBackup, also: readonly string[] = []): Promise<CreatedBackup> {
  const { staging } = backup
  mkdirSync(staging, { recursive: true, mode: 0o700 })
  const folder = join(staging, 'dumps')
  try {
    await keepData(workOf(backup, folder), { packed: false })
    return await createBackup(backup.repository, [folder, ...also])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Without what the data does not have. */
export async function withoutAbsent(backup: ProjectBackup): Promise<ProjectBackup> {
  return { ...backup, items: await itemsThere(workOf(backup, backup.staging)) }
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
    const folder = join(unpacked, backup.staging, 'dumps')
    await packTrees(backup, unpacked, folder)
    const { dumps } = readDataManifest(folder)
    const isIn = (item: DataItem) => dumps.some(dump => dump.name === item.name && dump.kind === item.kind)
    const items = backup.items.filter(item => item.kind !== 'path' || isIn(item))
    await restoreData(workOf({ ...backup, items }, folder))
    const absent = backup.items.filter(item => !items.includes(item)).map(item => item.name)
    return { id: found.id, absent }
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
}

/** Backups of before have paths of the data as they stood: they become the dumps that are made today. */
async function packTrees(backup: ProjectBackup, unpacked: string, folder: string): Promise<void> {
  const { dumps } = readDataManifest(folder)
  const { shell, ...work } = workOf(backup, folder)
  const added: [DataItem, string][] = []
  for (const item of backup.items) {
    if (item.kind !== 'path' || dumps.some(dump => dump.name === item.name)) continue
    const data = join(unpacked, backup.dataFolder)
    const place = relative(unpacked, join(data, item.path))
    // What was backed up may have links in it: none is followed on the way.
    const isThere = inFolder(unpacked, open => entryBelow(open, place) !== undefined)
    if (!isThere || !existsSync(data)) continue
    const file = `${item.name}.tar`
    const member = item.path === '.' ? '.' : `./${item.path}`
    const options = ['--create', '--format=posix', '--xattrs', '--acls', '--numeric-owner', '--sparse']
    const failed = `${item.path} could not be read from the backup`
    const argv: [Program, ...string[]] = [
      program('tar'),
      ...options,
      `--directory=${data}`,
      `--file=${join(folder, file)}`,
      '--exclude=./.corpus',
      '--',
      member,
    ]
    await run({ argv, failed }, { ...work, shell, user: undefined, signal: backup.signal })
    added.push([item, file])
  }
  if (added.length === 0) return
  const manifest = await manifestOf(folder, added)
  const all = { ...manifest, dumps: [...dumps, ...manifest.dumps] }
  writeFileSync(join(folder, 'data.json'), JSON.stringify(all), { mode: 0o600 })
}

function workOf(backup: ProjectBackup, folder: string): DataWork {
  const { repository, items, dataFolder, records, user, signal } = backup
  const { shell } = repository
  return { shell, items, dataFolder, records, folder, ...(user && { user }), ...(signal && { signal }) }
}
