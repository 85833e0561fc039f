/** One contract for both databases: jobs, events, audit, users, tokens, keys and rights. */
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { appendAudit, listAudit, masked, verifyAudit } from '../../../src/store/audit.ts'
import { appendEvents, eventsFrom, followEvents } from '../../../src/store/events.ts'
import {
  addJob,
  askCancel,
  beat,
  type Claim,
  claimJob,
  endJob,
  forgetJobs,
  jobOfId,
  listJobs,
  type NewJob,
  progressTo,
  takeOver,
} from '../../../src/store/jobs.ts'
import { addKey, keyOfFingerprint, listUserKeys, removeKey } from '../../../src/store/keys.ts'
import { grant, grantsOfUser, listGrants, revoke } from '../../../src/store/rights.ts'
import type { Store } from '../../../src/store/store.ts'
import { createToken, listTokens, rememberUse, revokeToken, tokenOfText } from '../../../src/store/tokens.ts'
import {
  addUser,
  disableUser,
  enableUser,
  groupsOf,
  listUsers,
  passwordOf,
  removeUser,
  setAdmin,
  setGroups,
  setPassword,
  userNamed,
  userOfSubject,
} from '../../../src/store/users.ts'
import { hasPostgres, type Postgres, type StorePlace, sqlitePlace, startPostgres } from '../../support/stores.ts'

let postgres: Postgres | undefined
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres?.dispose())

const deploy: NewJob = { request: 'deploy', project: 'shop', input: { only: ['build'] }, caller: 'ann', from: 'local' }
const fault = { code: 'INTERRUPTED', message: 'The controller died.', wayOut: 'Ask again.' }
const code = (name: string) => expect.objectContaining({ code: name })

describe.each([
  ['sqlite', () => sqlitePlace()],
  ['postgres', () => postgres?.place()],
] as const)('the store over %s', (kind, makePlace) => {
  let place: StorePlace
  let store: Store
  beforeEach(async context => {
    const made = makePlace()
    if (made === undefined) return context.skip()
    place = made
    store = await place.open()
  })
  afterEach(async () => {
    await store?.close()
    place?.dispose()
  })
  const claimed = async (job: NewJob = deploy, by = 'one'): Promise<Claim> => {
    await addJob(store, job)
    const claim = await claimJob(store, by)
    if (claim === undefined) throw new Error('there was nothing to claim')
    return claim
  }

  test('is opened a second time as it was left, and by several at once for the first time', async () => {
    await addUser(store, { name: 'ann' })
    const again = await place.open()
    expect((await listUsers(again)).map(user => user.name)).toEqual(['ann'])
    const fresh = makePlace() as StorePlace
    const all = await Promise.all(Array.from({ length: 6 }, () => fresh.open()))
    await Promise.all(all.map((one, at) => addUser(one, { name: `user-${at}` })))
    expect(await listUsers(all[0] as Store)).toHaveLength(6)
    await Promise.all([again, ...all].map(one => one.close()))
    fresh.dispose()
  })

  test('refuses a version that is newer, and changes nothing of it', async () => {
    await store.change(change =>
      change.insertInto('store_version').values({ number: 99, name: 'later', at: 0 }).execute(),
    )
    await expect(place.open()).rejects.toEqual(code('STORE_NEWER'))
    expect(await listUsers(store)).toEqual([])
  })

  test('a change that fails leaves nothing, and what is done beside it stays', async () => {
    const failing = store.change(async change => {
      await change.insertInto('groups').values({ name: 'lost', source: 'local', created_at: 0 }).execute()
      await wait(20)
      throw new Error('on purpose')
    })
    await Promise.all([expect(failing).rejects.toThrow('on purpose'), addUser(store, { name: 'bob' })])
    expect(await store.read(queries => queries.selectFrom('groups').selectAll().execute())).toEqual([])
    expect(await userNamed(store, 'bob')).toBeDefined()
  })

  describe('jobs', () => {
    test('wait in their order, each for one controller', async () => {
      const ids: string[] = []
      for (let at = 0; at < 12; at++) ids.push((await addJob(store, { ...deploy, input: at })).job.id)
      const others = await Promise.all([place.open(), place.open(), place.open()])
      const claims = await Promise.all(
        others.flatMap((other, by) => Array.from({ length: 5 }, () => claimJob(other, `controller-${by}`))),
      )
      const got = claims.filter(claim => claim !== undefined).map(claim => claim.job.id)
      expect(got.toSorted()).toEqual(ids.toSorted())
      expect(claims.filter(claim => claim === undefined)).toHaveLength(3)
      await Promise.all(others.map(other => other.close()))
    })

    test('the oldest comes first, of those that are asked for', async () => {
      await addJob(store, { ...deploy, request: 'backup' })
      await addJob(store, { ...deploy, input: 'first' })
      await addJob(store, { ...deploy, input: 'second' })
      const claim = await claimJob(store, 'one', { requests: ['deploy', 'rollback'] })
      expect(claim?.job).toMatchObject({ request: 'deploy', input: 'first', state: 'running', attempts: 1 })
      expect(claim?.job).toMatchObject({ claimedBy: 'one', startedAt: expect.any(Number), endedAt: null })
      expect(await claimJob(store, 'one', { requests: ['nothing'] })).toBeUndefined()
    })

    test('progress never falls, and is whole where it succeeded', async () => {
      const claim = await claimed()
      const seen: number[] = []
      for (const percent of [10, 55.9, 30, -5, 54, 200]) {
        await progressTo(store, claim, percent)
        seen.push((await jobOfId(store, claim.job.id)).progress)
      }
      expect(seen).toEqual([10, 55, 55, 55, 55, 100])
      const other = await claimed()
      await progressTo(store, other, 20)
      const done = await endJob(store, other, { state: 'succeeded', answer: { release: 'v1' } })
      expect(done).toMatchObject({ state: 'succeeded', progress: 100, answer: { release: 'v1' }, error: null })
    })

    test('end once, and hear of nothing afterwards', async () => {
      const claim = await claimed()
      const failed = await endJob(store, claim, { state: 'failed', error: fault })
      expect(failed).toMatchObject({ state: 'failed', error: fault, endedAt: expect.any(Number) })
      await expect(endJob(store, claim, { state: 'succeeded', answer: null })).rejects.toEqual(code('JOB_LOST'))
      await expect(progressTo(store, claim, 99)).rejects.toEqual(code('JOB_LOST'))
      await expect(beat(store, claim)).rejects.toEqual(code('JOB_LOST'))
      await expect(askCancel(store, claim.job.id, 'ann')).rejects.toEqual(code('JOB_ENDED'))
      expect(await jobOfId(store, claim.job.id)).toEqual(failed)
    })

    test('that wait are cancelled at once; those that run hear of it with their heartbeat, and who asked first', async () => {
      const { job } = await addJob(store, deploy)
      expect(await askCancel(store, job.id, 'bob')).toMatchObject({ state: 'cancelled', cancelAskedBy: 'bob' })
      expect(await claimJob(store, 'one')).toBeUndefined()
      const claim = await claimed()
      expect(await beat(store, claim)).toEqual({ cancelAskedBy: null })
      await askCancel(store, claim.job.id, 'bob')
      expect(await askCancel(store, claim.job.id, 'eve')).toMatchObject({ state: 'running', cancelAskedBy: 'bob' })
      expect(await beat(store, claim)).toEqual({ cancelAskedBy: 'bob' })
      await expect(askCancel(store, "no'such", 'bob')).rejects.toEqual(code('JOB_UNKNOWN'))
    })

    test('of a dead controller are begun anew where they can be, else interrupted; it changes nothing of them any more', async () => {
      const plain = await claimed()
      const resumable = await claimed({ ...deploy, resumable: true })
      const unwanted = await claimed({ ...deploy, resumable: true })
      const living = await claimed(deploy, 'two')
      await askCancel(store, unwanted.job.id, 'ann')
      expect(await takeOver(store, { silentMilliseconds: 60_000, error: fault })).toEqual([])
      const taken = await takeOver(store, { silentMilliseconds: 0, error: fault, isDead: by => by === 'one' })
      expect(taken.map(({ id, state }) => [id, state])).toEqual([
        [plain.job.id, 'interrupted'],
        [resumable.job.id, 'queued'],
        [unwanted.job.id, 'interrupted'],
      ])
      expect(taken[0]).toMatchObject({ error: fault, endedAt: expect.any(Number) })
      await expect(beat(store, resumable)).rejects.toEqual(code('JOB_LOST'))
      const again = await claimJob(store, 'two')
      expect(again?.job).toMatchObject({ id: resumable.job.id, attempts: 2, startedAt: resumable.job.startedAt })
      await expect(endJob(store, resumable, { state: 'failed', error: fault })).rejects.toEqual(code('JOB_LOST'))
      await beat(store, living)
    })

    test('a heartbeat keeps a job from being taken over', async () => {
      const claim = await claimed()
      const anHourAgo = () =>
        store.change(change =>
          change
            .updateTable('jobs')
            .set(eb => ({ heartbeat_at: eb(store.clock, '-', 3_600_000) }))
            .execute(),
        )
      await anHourAgo()
      await beat(store, claim)
      expect(await takeOver(store, { silentMilliseconds: 1_800_000, error: fault })).toEqual([])
      await anHourAgo()
      expect(await takeOver(store, { silentMilliseconds: 1_800_000, error: fault })).toHaveLength(1)
    })

    test('asked for twice with one key are one job; the key with another request is refused', async () => {
      const keyed = { ...deploy, idempotency: { key: 'k1', digest: 'd1' } }
      const both = await Promise.all([addJob(store, keyed), addJob(store, keyed)])
      expect(new Set(both.map(one => one.job.id)).size).toBe(1)
      expect(both.map(one => one.isNew).toSorted()).toEqual([false, true])
      await expect(addJob(store, { ...deploy, idempotency: { key: 'k1', digest: 'd2' } })).rejects.toEqual(
        code('IDEMPOTENCY_REUSED'),
      )
      const others = await addJob(store, { ...keyed, caller: 'bob' })
      expect(others.isNew).toBe(true)
    })

    test('are listed the newest first, page by page, by state and by project', async () => {
      for (let at = 0; at < 5; at++) await addJob(store, { ...deploy, input: at })
      await addJob(store, { ...deploy, project: 'other', input: 'o' })
      const first = await listJobs(store, { limit: 2 })
      expect(first.map(job => job.input)).toEqual(['o', 4])
      const next = await listJobs(store, { limit: 2, before: first.at(-1)?.number ?? 0 })
      expect(next.map(job => job.input)).toEqual([3, 2])
      expect((await listJobs(store, { project: 'other' })).map(job => job.input)).toEqual(['o'])
      await claimJob(store, 'one')
      expect((await listJobs(store, { states: ['running'] })).map(job => job.input)).toEqual([0])
    })

    test('that ended long ago go with their events, the others stay', async () => {
      const claim = await claimed()
      await appendEvents(store, claim.job.id, ['x'])
      const done = await endJob(store, claim, { state: 'succeeded', answer: null })
      const waits = (await addJob(store, deploy)).job
      expect(await forgetJobs(store, (done.endedAt ?? 0) + 1)).toBe(1)
      expect(await eventsFrom(store, claim.job.id, 0)).toEqual([])
      expect((await listJobs(store)).map(job => job.id)).toEqual([waits.id])
    })
  })

  describe('events', () => {
    test('have places without a gap, whoever appends at once', async () => {
      const { job } = await addJob(store, deploy)
      const others = await Promise.all([place.open(), place.open()])
      const begins = await Promise.all(
        others.flatMap((other, by) =>
          Array.from({ length: 10 }, (_, at) => appendEvents(other, job.id, [`${by}.${at}`, 'and'])),
        ),
      )
      expect(begins.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at * 2))
      const events = await eventsFrom(store, job.id, 0)
      expect(events.map(event => event.offset)).toEqual(Array.from({ length: 40 }, (_, at) => at))
      expect((await jobOfId(store, job.id)).events).toBe(40)
      expect((await eventsFrom(store, job.id, 37)).map(event => event.offset)).toEqual([37, 38, 39])
      await Promise.all(others.map(other => other.close()))
    })

    test('are followed from any place to the end of the job, none lost and none twice', async () => {
      const claim = await claimed()
      const { id } = claim.job
      await appendEvents(store, id, [0, 1, 2])
      const follower = await place.open()
      const seen: unknown[] = []
      const following = (async () => {
        for await (const { event } of followEvents(follower, id, { offset: 1, everyMilliseconds: 5 })) seen.push(event)
      })()
      for (let at = 3; at < 30; at++) await appendEvents(store, id, [at])
      await appendEvents(
        store,
        id,
        Array.from({ length: 2500 }, (_, at) => at + 30),
      )
      await endJob(store, claim, { state: 'succeeded', answer: null })
      await following
      expect(seen).toEqual(Array.from({ length: 2529 }, (_, at) => at + 1))
      await follower.close()
    })

    test('are never written over', async () => {
      const { job } = await addJob(store, deploy)
      await appendEvents(store, job.id, ['as it was'])
      await expect(
        store.change(change => change.updateTable('events').set({ event: '"other"' }).execute()),
      ).rejects.toThrow(/only appended to/)
      expect(await eventsFrom(store, job.id, 0)).toMatchObject([{ event: 'as it was' }])
      await expect(appendEvents(store, 'none', ['x'])).rejects.toEqual(code('JOB_UNKNOWN'))
    })
  })

  describe('the audit', () => {
    const line = (request: string) => ({ who: 'ann', from: 'local', request, target: 'shop', outcome: 'succeeded' })

    test('is one chain, whoever appends at once, and holds hostile text', async () => {
      const others = await Promise.all([place.open(), place.open(), place.open()])
      await Promise.all(
        others.flatMap(other => Array.from({ length: 10 }, (_, at) => appendAudit(other, line(`request-${at}`)))),
      )
      const hostile = { ...line("'; drop table audit; --\0\ud800"), before: { a: '\0' }, after: ['\ud800'] }
      await appendAudit(store, hostile)
      const lines = await listAudit(store)
      expect(lines.map(one => one.number)).toEqual(Array.from({ length: 31 }, (_, at) => 31 - at))
      expect(await verifyAudit(store)).toEqual({ holds: true, lines: 31, hash: lines[0]?.hash })
      expect(lines[0]).toMatchObject({ before: { a: '\0' }, after: ['\ud800'] })
      await Promise.all(others.map(other => other.close()))
    })

    test('is only appended to', async () => {
      await appendAudit(store, line('deploy'))
      await expect(store.change(change => change.updateTable('audit').set({ who: 'eve' }).execute())).rejects.toThrow(
        /only appended to/,
      )
      await expect(store.change(change => change.deleteFrom('audit').execute())).rejects.toThrow(/only appended to/)
    })

    test.each([
      ['a line is changed', `update audit set outcome = 'refused' where number = 2`, 2, /changed/],
      ['a line is taken out', 'delete from audit where number = 2', 2, /not there/],
      ['the last is taken off', 'delete from audit where number = 4', 4, /not there/],
      ['a line is written anew with its hash', `update audit set hash = 'x' where number = 3`, 3, /changed/],
      ['the end is another', `update audit_head set hash = 'x'`, 4, /end of the chain/],
    ])('says where it was changed behind our back: %s', async (_, statement, number, why) => {
      for (const request of ['a', 'b', 'c', 'd']) await appendAudit(store, line(request))
      await store.change(async change => {
        if (kind === 'sqlite')
          for (const act of ['update', 'delete']) await sql.raw(`drop trigger audit_no_${act}`).execute(change)
        else await sql.raw('alter table audit disable trigger all').execute(change)
        await sql.raw(statement).execute(change)
      })
      expect(await verifyAudit(store)).toEqual({ holds: false, line: number, why: expect.stringMatching(why) })
    })

    test('is asked by whom, about what and since when', async () => {
      await appendAudit(store, line('deploy'))
      const second = await appendAudit(store, { ...line('rollback'), who: 'bob', target: 'other' })
      expect((await listAudit(store, { target: 'shop' })).map(one => one.request)).toEqual(['deploy'])
      expect((await listAudit(store, { who: 'bob' })).map(one => one.request)).toEqual(['rollback'])
      expect(await listAudit(store, { since: second.at + 1 })).toEqual([])
      expect((await listAudit(store, { before: 2 })).map(one => one.number)).toEqual([1])
    })
  })

  describe('users', () => {
    test('are added once, changed, and removed with all that is theirs', async () => {
      expect(await addUser(store, { name: 'ann', admin: true, password: '$argon2id$x' })).toMatchObject({
        admin: true,
        hasPassword: true,
      })
      await expect(addUser(store, { name: 'ann' })).rejects.toEqual(code('USER_TAKEN'))
      await addUser(store, { name: 'bob', source: 'oidc', subject: 'sub|1' })
      expect((await userOfSubject(store, 'oidc', 'sub|1'))?.name).toBe('bob')
      await expect(addUser(store, { name: 'other', source: 'oidc', subject: 'sub|1' })).rejects.toEqual(
        code('USER_TAKEN'),
      )
      expect(await passwordOf(store, 'ann')).toBe('$argon2id$x')
      await setPassword(store, 'ann', '$argon2id$y')
      await disableUser(store, 'ann')
      expect(await passwordOf(store, 'ann')).toBeNull()
      expect(await enableUser(store, 'ann')).toMatchObject({ disabledAt: null })
      expect(await passwordOf(store, 'ann')).toBe('$argon2id$y')
      expect(await setAdmin(store, 'ann', false)).toMatchObject({ admin: false })
      await setGroups(store, 'ann', ['dev', 'ops', 'dev'])
      await setGroups(store, 'ann', ['ops', 'qa'])
      expect(await groupsOf(store, 'ann')).toEqual(['ops', 'qa'])
      await createToken(store, { user: 'ann' })
      await addKey(store, { fingerprint: 'SHA256:a', user: 'ann', publicKey: 'ssh-ed25519 A', comment: '' })
      await grant(store, {
        to: { kind: 'user', name: 'ann' },
        what: 'deploy',
        effect: 'allow',
        on: { kind: 'project', glob: '*' },
        grantedBy: 'root',
      })
      await removeUser(store, 'ann')
      await expect(removeUser(store, 'ann')).rejects.toEqual(code('USER_UNKNOWN'))
      expect([
        await listTokens(store),
        await listUserKeys(store),
        await listGrants(store),
        await groupsOf(store, 'ann'),
      ]).toEqual([[], [], [], []])
    })
  })

  describe('tokens', () => {
    test('are kept as digests alone, and count until they are revoked, expire, or their user is disabled', async () => {
      await addUser(store, { name: 'ann' })
      const { text, token } = await createToken(store, {
        user: 'ann',
        label: 'ci',
        rights: ['deploy'],
        projects: ['shop'],
        seconds: 3600,
      })
      const [, , secret = ''] = text.split('.')
      const rows = await store.read(queries => queries.selectFrom('tokens').selectAll().execute())
      expect(JSON.stringify(rows)).not.toContain(secret)
      expect(await tokenOfText(store, text)).toEqual(token)
      expect(token).toMatchObject({ user: 'ann', rights: ['deploy'], projects: ['shop'] })
      expect((token.expiresAt ?? 0) - token.createdAt).toBe(3_600_000)
      for (const wrong of [
        '',
        'corpus',
        `${text}x`,
        text.replace(secret, secret.replaceAll(/\w/g, 'A')),
        text.replace(token.id, 'aaaaaaaaaaaa'),
      ])
        expect(await tokenOfText(store, wrong)).toBeUndefined()
      await disableUser(store, 'ann')
      expect(await tokenOfText(store, text)).toBeUndefined()
      await enableUser(store, 'ann')
      await rememberUse(store, token.id)
      expect((await listTokens(store, 'ann'))[0]?.usedAt).toEqual(expect.any(Number))
      expect(await revokeToken(store, token.id)).toBe(true)
      expect(await revokeToken(store, 'none')).toBe(false)
      expect(await tokenOfText(store, text)).toBeUndefined()
      const brief = await createToken(store, { user: 'ann', seconds: 0.02 })
      await wait(50)
      expect(await tokenOfText(store, brief.text)).toBeUndefined()
    })
  })

  describe('keys and rights', () => {
    test('a key is one user’s alone', async () => {
      await addUser(store, { name: 'ann' })
      await addUser(store, { name: 'bob' })
      const key = { fingerprint: 'SHA256:k', publicKey: 'ssh-ed25519 AAAA', comment: 'laptop' }
      expect(await addKey(store, { ...key, user: 'ann' })).toMatchObject({ user: 'ann' })
      expect(await addKey(store, { ...key, user: 'bob' })).toBeUndefined()
      expect((await keyOfFingerprint(store, 'SHA256:k'))?.user).toBe('ann')
      await disableUser(store, 'ann')
      expect(await keyOfFingerprint(store, 'SHA256:k')).toBeUndefined()
      expect([await removeKey(store, 'SHA256:k'), await removeKey(store, 'SHA256:k')]).toEqual([true, false])
    })

    test('what a user was granted is its own and its groups’', async () => {
      await addUser(store, { name: 'ann' })
      await setGroups(store, 'ann', ['dev'])
      const on = { kind: 'project', glob: 'team-*' }
      const own = { to: { kind: 'user', name: 'ann' }, what: 'deploy', effect: 'allow', on, grantedBy: 'root' } as const
      const groups = { ...own, to: { kind: 'group', name: 'dev' }, effect: 'deny' } as const
      const first = await grant(store, own)
      expect(await grant(store, own)).toEqual(first)
      await grant(store, groups)
      await grant(store, { ...own, to: { kind: 'group', name: 'ann' } })
      expect((await grantsOfUser(store, 'ann')).map(one => [one.to.kind, one.effect])).toEqual([
        ['user', 'allow'],
        ['group', 'deny'],
      ])
      expect([await revoke(store, own), await revoke(store, own)]).toEqual([true, false])
      expect(await listGrants(store)).toHaveLength(2)
    })
  })
})

test('what is secret by its name is masked, however deep', () => {
  const before = {
    password: 'x',
    db: { DATABASE_DSN: 'y', keys: ['z'], api_key: 'k', name: 'shop' },
    list: [{ token: 1 }],
    secret: null,
  }
  expect(masked(before)).toEqual({
    password: '********',
    db: { DATABASE_DSN: '********', keys: ['z'], api_key: '********', name: 'shop' },
    list: [{ token: '********' }],
    secret: null,
  })
})
