/**
 * The index of projects and deployments. Files are the truth of both: what is answered from here was compared with their marks
 * (inode, size, times) first, and read anew where one differs. It can be thrown away at any time.
 */
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { entryMark } from '../kernel/entry-mark.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { type DeploymentRecord, deploymentIds, readRecord } from '../pipeline/history.ts'
import { byOrder } from '../pipeline/numbers.ts'
import type { Change, Store } from './store.ts'
import type { IndexedDeploymentTable, IndexedProjectTable } from './tables.ts'

/** A record without what only the log of its deployment tells. */
export type IndexedRecord = Omit<DeploymentRecord, 'procedures' | 'fault'>

/** A root on a machine. */
const placeOf = (root: string): string => `${hostname()}:${root}`

/** The history of a project, the newest first: what `readHistory` answers. One look at each record, and no reading of those that are known. */
export async function historyOf(store: Store, layout: ProjectLayout): Promise<IndexedRecord[]> {
  const known = await knownOf(store, layout)
  const found = compared(layout, known)
  // What cannot be written down is found again the next time.
  if (found.isNews) await store.change(change => writeDown(change, layout, found)).catch(() => {})
  return found.records
}

/** How the newest deployment of each project stands; undefined where there was none. One look at each project where nothing happened. */
export async function newestStatuses(
  store: Store,
  layouts: readonly ProjectLayout[],
): Promise<Map<string, DeploymentRecord['status'] | undefined>> {
  const statuses = new Map<string, DeploymentRecord['status'] | undefined>()
  const [one] = layouts
  if (one === undefined) return statuses
  const place = placeOf(one.root)
  const rows = await store.read(queries =>
    queries.selectFrom('indexed_projects').selectAll().where('place', '=', place).execute(),
  )
  const known = new Map(rows.map(row => [row.project, row]))
  const news: Array<{ layout: ProjectLayout; found: Compared }> = []
  for (const layout of layouts) {
    const row = known.get(layout.name)
    if (row !== undefined && isAsItWas(layout, row)) {
      statuses.set(layout.name, (row.newest_status ?? undefined) as DeploymentRecord['status'] | undefined)
      continue
    }
    const found = compared(layout, await knownOf(store, layout))
    statuses.set(layout.name, found.records[0]?.status)
    news.push({ layout, found })
  }
  const names = new Set<string>(layouts.map(layout => layout.name))
  const gone = rows.filter(row => !names.has(row.project)).map(row => row.project)
  if (news.length > 0 || gone.length > 0)
    await store
      .change(async change => {
        for (const { layout, found } of news) await writeDown(change, layout, found)
        for (const project of gone) await forget(change, place, project)
      })
      .catch(() => {})
  return statuses
}

export interface Indexed {
  readonly projects: number
  readonly deployments: number
}

/** Forgets all that is known of a root and reads it anew. Throws STORE_…. */
export async function rebuildIndex(store: Store, root: string, layouts: readonly ProjectLayout[]): Promise<Indexed> {
  let deployments = 0
  await store.change(async change => {
    deployments = 0
    for (const table of ['indexed_deployments', 'indexed_projects'] as const)
      await change.deleteFrom(table).where('place', '=', placeOf(root)).execute()
    for (const layout of layouts) {
      const found = compared(layout, new Map())
      await writeDown(change, layout, found)
      deployments += found.records.length
    }
  })
  return { projects: layouts.length, deployments }
}

type Known = ReadonlyMap<string, Pick<IndexedDeploymentTable, 'mark' | 'record'>>

async function knownOf(store: Store, layout: ProjectLayout): Promise<Known> {
  const rows = await store.read(queries =>
    queries
      .selectFrom('indexed_deployments')
      .select(['release', 'mark', 'record'])
      .where('place', '=', placeOf(layout.root))
      .where('project', '=', layout.name)
      .execute(),
  )
  return new Map(rows.map(row => [row.release, row]))
}

interface Compared {
  readonly records: IndexedRecord[]
  readonly isNews: boolean
  readonly changed: readonly {
    readonly release: ReleaseId
    readonly mark: string
    readonly record: IndexedRecord | null
  }[]
  readonly gone: readonly string[]
  readonly project: Omit<IndexedProjectTable, 'place' | 'project'>
}

/** What the files say, with the help of what is known. */
function compared(layout: ProjectLayout, known: Known): Compared {
  // Marks come first: what changes while it is read has another one afterwards.
  const mark = folderMark(layout)
  const records: IndexedRecord[] = []
  const marks = new Map<string, string>()
  const changed: Compared['changed'][number][] = []
  const open: [string, string][] = []
  for (const release of deploymentIds(layout)) {
    const now = recordMark(layout, release)
    const there = known.get(release)
    const isKnown = there !== undefined && there.mark === now && now !== ''
    const told = isKnown ? recordOf(there.record) : undefined
    const record = told === undefined ? indexed(readRecord(layout, release)) : told
    if (told === undefined) changed.push({ release, mark: now, record })
    if (record !== null) records.push(record)
    if (record === null || record.status === 'running') open.push([release, now])
    marks.set(release, now)
  }
  records.sort(byOrder)
  const gone = [...known.keys()].filter(release => !marks.has(release))
  const [newest] = records
  return {
    records,
    changed,
    gone,
    isNews: changed.length > 0 || gone.length > 0,
    project: {
      mark,
      newest: newest?.release ?? null,
      newest_status: newest?.status ?? null,
      newest_mark: newest === undefined ? null : (marks.get(newest.release) ?? null),
      open: JSON.stringify(open),
    },
  }
}

/**
 * A deployment that comes or goes changes the folder, and so do the beginning and the end of a runner; a record that is finished
 * changes no more. So it is enough to look at the folder, at those that were not finished, and at the newest.
 */
function isAsItWas(layout: ProjectLayout, row: IndexedProjectTable): boolean {
  if (row.mark === '' || row.mark !== folderMark(layout) || existsSync(layout.running)) return false
  const looked = row.newest === null ? [] : [[row.newest, row.newest_mark ?? '']]
  try {
    looked.push(...(JSON.parse(row.open) as [string, string][]))
  } catch {
    return false
  }
  return looked.every(([release, mark]) => mark !== '' && recordMark(layout, release as ReleaseId) === mark)
}

const folderMark = (layout: ProjectLayout): string => entryMark(layout.deployments)
const recordMark = (layout: ProjectLayout, release: ReleaseId): string => entryMark(layout.deployment(release).record)

/** Null: the file has no record that can be read; undefined: the row is damaged. */
function recordOf(text: string | null): IndexedRecord | null | undefined {
  if (text === null) return null
  try {
    return JSON.parse(text) as IndexedRecord
  } catch {
    return undefined
  }
}

function indexed(record: DeploymentRecord | undefined): IndexedRecord | null {
  if (record === undefined) return null
  const { procedures: _, fault: __, ...rest } = record
  return rest
}

/** Databases take so many values in one statement. */
const rowsAtOnce = 200

async function writeDown(change: Change, layout: ProjectLayout, { changed, gone, project }: Compared): Promise<void> {
  const key = { place: placeOf(layout.root), project: layout.name }
  const rows = changed.map(({ release, mark, record }) => ({
    ...key,
    release,
    mark,
    sequence: record?.sequence ?? 0,
    status: record?.status ?? null,
    record: record === null ? null : JSON.stringify(record),
  }))
  for (let at = 0; at < rows.length; at += rowsAtOnce)
    await change
      .insertInto('indexed_deployments')
      .values(rows.slice(at, at + rowsAtOnce))
      .onConflict(conflict =>
        conflict.columns(['place', 'project', 'release']).doUpdateSet(eb => ({
          mark: eb.ref('excluded.mark'),
          sequence: eb.ref('excluded.sequence'),
          status: eb.ref('excluded.status'),
          record: eb.ref('excluded.record'),
        })),
      )
      .execute()
  for (let at = 0; at < gone.length; at += rowsAtOnce)
    await change
      .deleteFrom('indexed_deployments')
      .where('place', '=', key.place)
      .where('project', '=', key.project)
      .where('release', 'in', gone.slice(at, at + rowsAtOnce))
      .execute()
  await change
    .insertInto('indexed_projects')
    .values({ ...key, ...project })
    .onConflict(conflict => conflict.columns(['place', 'project']).doUpdateSet(project))
    .execute()
}

async function forget(change: Change, place: string, project: string): Promise<void> {
  for (const table of ['indexed_deployments', 'indexed_projects'] as const)
    await change.deleteFrom(table).where('place', '=', place).where('project', '=', project).execute()
}
