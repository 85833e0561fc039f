/** Sessions over both databases. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { first } from '../../../src/store/migrations/0001-first.ts'
import { openPostgres } from '../../../src/store/postgres.ts'
import { beginSession, endSession, endSessionsOf, rememberSession, sessionOfText } from '../../../src/store/sessions.ts'
import { openSqlite } from '../../../src/store/sqlite.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  addUser,
  confirmUser,
  disableUser,
  groupsOf,
  removeUser,
  setPassword,
  userOfSubject,
} from '../../../src/store/users.ts'
import { hasPostgres, type Postgres, type StorePlace, sqlitePlace, startPostgres } from '../../support/stores.ts'

let postgres: Postgres | undefined
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres?.dispose())

const limits = { idleMilliseconds: 3_600_000, wholeMilliseconds: 12 * 3_600_000 }
const from = 'http 192.0.2.7'

describe.each([
  ['sqlite', () => sqlitePlace()],
  ['postgres', () => postgres?.place()],
] as const)('a session over %s', (_, makePlace) => {
  let place: StorePlace
  let store: Store
  beforeEach(async context => {
    const made = makePlace()
    if (made === undefined) return context.skip()
    place = made
    store = await place.open()
    await addUser(store, { name: 'ann', password: 'as argon2 makes it' })
  })
  afterEach(async () => {
    await store?.close()
    place?.dispose()
  })
  const begin = (instead?: string) => beginSession(store, limits, { user: 'ann', from, instead })
  const userOf = async (text: string) => (await sessionOfText(store, limits, text))?.user
  const backdate = (column: 'used_at' | 'created_at', milliseconds: number) =>
    store.change(change =>
      change
        .updateTable('sessions')
        .set(eb => ({ [column]: eb(column, '-', milliseconds) }))
        .execute(),
    )
  const rows = () => store.read(queries => queries.selectFrom('sessions').selectAll().execute())

  test('is of whoever has its text, which is kept nowhere', async () => {
    const text = await begin()
    expect(await userOf(text)).toBe('ann')
    expect(JSON.stringify(await rows())).not.toContain(text)
    for (const other of ['', text.slice(1), `${text.slice(0, -1)}-`, 'x'.repeat(43), `${text}\0`, "' or 1=1 --"])
      expect(await userOf(other)).toBeUndefined()
  })

  test('ends when nobody used it for an hour, and after half a day however much it was used', async () => {
    const idle = await begin()
    await backdate('used_at', limits.idleMilliseconds - 60_000)
    expect(await userOf(idle)).toBe('ann')
    await rememberSession(store, idle)
    await backdate('used_at', limits.idleMilliseconds - 60_000)
    expect(await userOf(idle)).toBe('ann')
    await backdate('used_at', 120_000)
    expect(await userOf(idle)).toBeUndefined()
    const old = await begin()
    expect(await rows()).toHaveLength(1)
    await backdate('created_at', limits.wholeMilliseconds - 60_000)
    expect(await userOf(old)).toBe('ann')
    await backdate('created_at', 120_000)
    expect(await userOf(old)).toBeUndefined()
  })

  test('ends by a logout, by the next login of that browser, and with its user; others go on', async () => {
    const [one, two, three] = [await begin(), await begin(), await begin()]
    await endSession(store, one)
    const four = await begin(two)
    expect(await Promise.all([one, two, three, four].map(userOf))).toEqual([undefined, undefined, 'ann', 'ann'])
    await addUser(store, { name: 'bob' })
    const bobs = await beginSession(store, limits, { user: 'bob', from })
    expect(await endSessionsOf(store, 'ann')).toBe(2)
    expect(await userOf(four)).toBeUndefined()
    expect(await userOf(bobs)).toBe('bob')
    await disableUser(store, 'bob')
    expect(await userOf(bobs)).toBeUndefined()
    await removeUser(store, 'bob')
    expect(await rows()).toEqual([])
    await expect(beginSession(store, limits, { user: 'bob', from })).rejects.toMatchObject({ code: 'USER_UNKNOWN' })
  })

  test('ends when its user gets another password', async () => {
    const text = await begin()
    await setPassword(store, 'ann', 'another')
    expect(await userOf(text)).toBeUndefined()
  })

  test('is one of twenty of a user: the longest unused goes', async () => {
    const first = await begin()
    await backdate('used_at', 1000)
    const all = await Promise.all(Array.from({ length: 25 }, () => begin()))
    expect(await rows()).toHaveLength(20)
    expect(await userOf(first)).toBeUndefined()
    expect((await Promise.all(all.map(userOf))).filter(Boolean)).toHaveLength(20)
  })

  test('is of a user whom a directory said: what it says later takes the place of what it said before', async () => {
    await addUser(store, { name: 'cy', source: 'ldap', subject: 'one' })
    expect(await confirmUser(store, 'cy', { admin: true, groups: ['ops', 'dev', 'ops'] })).toMatchObject({
      admin: true,
    })
    expect(await groupsOf(store, 'cy')).toEqual(['dev', 'ops'])
    await confirmUser(store, 'cy', { admin: false, groups: ['dev'] })
    expect(await userOfSubject(store, 'ldap', 'one')).toMatchObject({
      name: 'cy',
      admin: false,
      confirmedAt: expect.any(Number),
    })
    expect(await groupsOf(store, 'cy')).toEqual(['dev'])
  })

  test('comes to a store of before, whose users stay', async () => {
    const fresh = makePlace() as StorePlace
    try {
      const before = fresh.url === undefined ? await openSqlite(fresh.root, 5000) : await openPostgres(fresh.url, 5000)
      await before.change(async change => {
        await first.up(change, before.kind, before.clock)
        await change.insertInto('store_version').values({ number: 1, name: first.name, at: 1 }).execute()
        const row = { name: 'old', password: null, admin: 1, source: 'local', subject: null, created_at: 1 }
        await change.insertInto('users').values(row).execute()
      })
      await before.close()
      const [again, other] = await Promise.all([fresh.open(), fresh.open()])
      const text = await beginSession(again, limits, { user: 'old', from })
      expect((await sessionOfText(other, limits, text))?.user).toBe('old')
      await Promise.all([again.close(), other.close()])
    } finally {
      fresh.dispose()
    }
  })
})
