import { appendFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { type DeploymentRecord, readHistory, writeRecord } from '../../../src/pipeline/history.ts'
import { historyOf, newestStatuses, rebuildIndex } from '../../../src/store/index-of-files.ts'
import type { Store } from '../../../src/store/store.ts'
import { deployMany, recordAt, writeDeployment } from '../../support/many-records.ts'
import { hasPostgres, type Postgres, type StorePlace, sqlitePlace, startPostgres } from '../../support/stores.ts'

let postgres: Postgres | undefined
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres?.dispose())

/** Long enough for marks to prove something. */
const settled = () => wait(80)
const short = ({ procedures: _, fault: __, ...rest }: DeploymentRecord) => rest

describe.each([
  ['sqlite', () => sqlitePlace()],
  ['postgres', () => postgres?.place()],
] as const)('the index of files over %s', (_, makePlace) => {
  let place: StorePlace
  let store: Store
  const layoutOf = (name: string) => projectLayout(place.root, projectName(name))
  beforeEach(async context => {
    const made = makePlace()
    if (made === undefined) return context.skip()
    place = made
    store = await place.open()
    deployMany(place.root, 'shop', 1, 12)
    deployMany(place.root, 'other', 1, 3)
    await settled()
    await agrees()
  })
  afterEach(async () => {
    await store?.close()
    place?.dispose()
  })

  /** Twice: as it is found, and as it is known then. */
  async function agrees(): Promise<void> {
    for (let time = 0; time < 2; time++) {
      const layouts = ['shop', 'other'].map(layoutOf)
      // Each first once: what one reads anew must not hide what the other would not have seen.
      const statuses = await newestStatuses(store, layouts)
      for (const layout of layouts) {
        const files = readHistory(layout).map(short)
        expect(await historyOf(store, layout)).toEqual(files)
        expect(statuses.get(layout.name)).toBe(files[0]?.status)
      }
      await settled()
    }
  }
  const record = (number: number) => layoutOf('shop').deployment(recordAt(number).release).record

  test.each<[string, () => void]>([
    ['a deployment came', () => deployMany(place.root, 'shop', 13, 13)],
    [
      'one came whose clock had been set back',
      () => writeDeployment(place.root, 'shop', { ...recordAt(0), sequence: 99 }),
    ],
    ['one is under way', () => writeDeployment(place.root, 'shop', recordAt(13, { status: 'running' }))],
    ['the newest was rolled back', () => writeRecord(layoutOf('shop'), recordAt(12, { status: 'rollback failed' }))],
    [
      'one was rotated away',
      () => rmSync(layoutOf('shop').deployment(recordAt(1).release).folder, { recursive: true }),
    ],
    ['the newest is gone', () => rmSync(layoutOf('shop').deployment(recordAt(12).release).folder, { recursive: true })],
    ['the newest record is damaged', () => writeFileSync(record(12), '{"release": ')],
    ['the newest record is gone', () => rmSync(record(12))],
    ['the newest record was edited in its place', () => appendFileSync(record(12), ' ')],
    ['every deployment is gone', () => rmSync(layoutOf('shop').deployments, { recursive: true })],
    ['nothing', () => {}],
  ])('answers what the files say: %s', async (_, happens) => {
    happens()
    await agrees()
  })

  test('sees a deployment end that it saw under way, though nothing of the folder changes', async () => {
    writeDeployment(place.root, 'shop', recordAt(13, { status: 'running' }))
    await settled()
    await agrees()
    writeRecord(layoutOf('shop'), recordAt(13, { status: 'failed' }))
    await agrees()
    mkdirSync(layoutOf('shop').deployment(recordAt(14).release).folder)
    await settled()
    await agrees()
    writeRecord(layoutOf('shop'), recordAt(14, { status: 'superseded' }))
    await agrees()
  })

  test('sees what changes at once, faster than the clock of files', async () => {
    for (let number = 13; number < 40; number++) {
      writeDeployment(place.root, 'shop', recordAt(number))
      const [newest] = await historyOf(store, layoutOf('shop'))
      expect(newest?.release).toBe(recordAt(number).release)
      writeRecord(layoutOf('shop'), recordAt(number, { subject: 'put right' }))
      expect((await historyOf(store, layoutOf('shop')))[0]?.subject).toBe('put right')
    }
  })

  test('sees a project that was put back from a copy, with the times that it had', async () => {
    const { home, deployments } = layoutOf('shop')
    cpSync(home, join(place.root, 'copy'), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    deployMany(place.root, 'shop', 13, 14)
    await agrees()
    rmSync(home, { recursive: true })
    renameSync(join(place.root, 'copy'), home)
    utimesSync(deployments, 0, 0)
    await agrees()
  })

  test('forgets a project that is no more', async () => {
    rmSync(layoutOf('other').home, { recursive: true })
    await newestStatuses(store, [layoutOf('shop')])
    const rows = await store.read(queries =>
      queries.selectFrom('indexed_deployments').select('project').distinct().execute(),
    )
    expect(rows).toEqual([{ project: 'shop' }])
  })

  test('is built anew, whatever stood in it', async () => {
    await store.change(async change => {
      await change.updateTable('indexed_deployments').set({ record: '{"release": ', status: 'nonsense' }).execute()
      await change.updateTable('indexed_projects').set({ open: 'nonsense', newest_status: 'failed' }).execute()
    })
    await agrees()
    expect(await rebuildIndex(store, place.root, ['shop', 'other'].map(layoutOf))).toEqual({
      projects: 2,
      deployments: 15,
    })
    await agrees()
  })

  test('keeps the roots of several machines apart', async () => {
    const elsewhere = join(place.root, 'elsewhere')
    deployMany(elsewhere, 'shop', 1, 2)
    expect(await historyOf(store, projectLayout(elsewhere, projectName('shop')))).toHaveLength(2)
    await agrees()
  })

  test('reads no record that it knows', async () => {
    const rows = store.read(queries =>
      queries.selectFrom('indexed_deployments').select(['release', 'mark']).where('project', '=', 'shop').execute(),
    )
    expect((await rows).every(row => row.mark !== '')).toBe(true)
    // Believed as long as the files are as they were.
    await store.change(change =>
      change
        .updateTable('indexed_deployments')
        .set({ record: JSON.stringify(short(recordAt(5, { subject: 'as known' }))) })
        .where('release', '=', recordAt(5).release)
        .execute(),
    )
    const known = await historyOf(store, layoutOf('shop'))
    expect(known.find(one => one.number === 5)?.subject).toBe('as known')
    expect(existsSync(record(5))).toBe(true)
  })
})
