/** What of a project's data is kept with each release, and the way back. Loaded only where there is something to keep. */

import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { contextOf, type DataWork, itemsThere, keepData, readDataManifest, restoreData } from '../backups/data.ts'
import { dataItems } from '../backups/declared.ts'
import { takeBackInterrupted } from '../backups/exchange.ts'
import type { DataItem } from '../backups/item.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { needSpace, readable } from '../disk/space.ts'
import { usageOf } from '../disk/usage.ts'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { keptReleases } from '../pipeline/history.ts'
import { type Deployment, note } from './deployment.ts'
import { dataMarker, keptData } from './kept-data.ts'
import { stopProcesses } from './processes.ts'

/** Dumps all that `data_archives` names into the release's folder, or nothing. Throws DISK_LOW before it begins. */
export async function keepReleaseData(deployment: Deployment, folder: string): Promise<void> {
  const { layout, shell, account } = deployment
  const declared = dataItems(settingOf(deployment.cfg, 'data_archives'))
  const items = await itemsThere(workOf(deployment, declared, folder))
  for (const item of declared) {
    if (!items.includes(item)) note(deployment, `${item.name} is not in the data yet: nothing of it is kept`, 'notice')
  }
  const files = items.flatMap(item => ('path' in item ? [join(layout.data, item.path)] : []))
  const taken = (await usageOf(shell, files, account)).reduce((sum, one) => sum + one.bytes, 0)
  needSpace(layout.archived, { what: 'keeping the data', bytes: taken + lastDumpBytes(layout, items) })
  const { dumps } = await keepData(workOf(deployment, items, folder))
  const bytes = dumps.reduce((sum, dump) => sum + dump.bytes, 0)
  note(deployment, `kept ${dumps.map(dump => dump.name).join(', ') || 'no data'}, ${readable(bytes)}`)
}

/**
 * Puts data back while nothing of the application runs. What was there before is kept first, and comes back when the
 * deployment fails later on, or its runner is killed.
 */
export async function putDataBack(deployment: Deployment, putBack: () => Promise<void>): Promise<void> {
  const { layout, shell, previous, request } = deployment
  await takeBackInterrupted(contextOf(workOf(deployment, [], '')))
  if (previous === null) throw new CorpusError('NOTHING_RUNS', `Nothing of ${layout.name} was deployed yet.`)
  note(deployment, 'the processes stop while data is put back')
  await stopProcesses(layout, shell)
  const isOwn = request.data === undefined || request.data === previous.release
  const folder = isOwn ? `${keptData(layout, previous.release)}.before-restore` : keptData(layout, previous.release)
  await keepReleaseData(deployment, folder)
  writeWhole(dataMarker(deployment), folder, { durable: true })
  await putBack()
}

/** The kept data of a release; what it has no dump of stays as it is. */
export async function restoreReleaseData(deployment: Deployment, folder: string): Promise<void> {
  const { dumps } = readDataManifest(folder)
  const items = dataItems(settingOf(deployment.cfg, 'data_archives'))
  const wanted = items.filter(item => dumps.some(dump => dump.name === item.name && dump.kind === item.kind))
  needSpace(deployment.layout.data, {
    what: 'putting the data back',
    bytes: 2 * dumps.reduce((sum, dump) => sum + dump.bytes, 0),
  })
  await restoreData(workOf(deployment, wanted, folder))
  note(deployment, `put back ${wanted.map(item => item.name).join(', ') || 'no data'}`)
  for (const item of items) {
    if (!wanted.includes(item)) note(deployment, `${item.name} was not kept then: it stays as it is`, 'notice')
  }
}

/** After a failure: the data is again what it was before this deployment put other data back. */
export async function takeDataBack(deployment: Deployment): Promise<void> {
  await takeBackInterrupted(contextOf(workOf(deployment, [], '')))
  const folder = textIfThere(dataMarker(deployment))
  if (folder === undefined) return
  await stopProcesses(deployment.layout, deployment.shell)
  // What takes the data back must not be cancelled with what is taken back.
  await restoreReleaseData({ ...deployment, signal: new AbortController().signal }, folder)
  rmSync(dataMarker(deployment), { force: true })
}

/** The newest dumps that are kept of a project, or those of the release that is named. Throws BACKUP_UNKNOWN. */
export function releaseWithData(layout: ProjectLayout, release: ReleaseId | undefined): ReleaseId {
  const kept = keptReleases(layout).filter(one => existsSync(keptData(layout, one)))
  const time = (one: ReleaseId) => readDataManifest(keptData(layout, one)).created_at
  const newest = [...kept].sort((a, b) => (time(a) < time(b) ? 1 : -1))[0]
  const found = release === undefined ? newest : kept.find(one => one === release)
  if (found !== undefined) return found
  throw new CorpusError(
    'DATA_NOT_KEPT',
    release === undefined ? `No data of ${layout.name} is kept.` : `No data is kept with the release ${release}.`,
  )
}

function workOf(deployment: Deployment, items: readonly DataItem[], folder: string): DataWork {
  const { shell, layout, account, signal } = deployment
  const { data: dataFolder, restores: records } = layout
  return { shell, items, dataFolder, records, folder, signal, ...(account && { user: account }) }
}

/** What databases took the last time is the best guess at what they take now. */
function lastDumpBytes(layout: ProjectLayout, items: readonly DataItem[]): number {
  const databases = new Set(items.filter(item => !('path' in item)).map(item => item.name))
  for (const release of keptReleases(layout)) {
    const folder = keptData(layout, release)
    if (!existsSync(join(folder, 'data.json')) || statSync(folder).isFile()) continue
    const { dumps } = readDataManifest(folder)
    return dumps.filter(dump => databases.has(dump.name)).reduce((sum, dump) => sum + dump.bytes, 0)
  }
  return 0
}
