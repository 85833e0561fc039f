/** The configuration is changed by what JSON has for it: merged, or operation by operation; all of it or nothing. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const shop = uniqueName('shop')
const tokens: Record<string, string> = {}
let world: World
let serving: Serving

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('user', 'add', 'admin', '--admin')
  await world.must('user', 'add', 'mia')
  await world.must('grant', 'mia', 'maintainer', shop)
  for (const name of ['admin', 'mia'])
    tokens[name] = (await world.json<{ token: string }>('token', 'create', name)).token
  serving = await serve(world)
}, 60_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const line = `PATCH /projects/${shop}/configuration`
const as = (name: string, kind: 'json' | 'merge-patch+json' | 'json-patch+json', body: unknown) =>
  serving.ask(line, {
    token: tokens[name] ?? '',
    raw: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': `application/${kind}` },
  })
const configuration = async () =>
  (await serving.ask(`GET /projects/${shop}/configuration`, { token: tokens['admin'] ?? '' })).json
const saved = () => readFileSync(world.path(shop, 'corpus', 'configuration.json'), 'utf8')

describe.each(['merge-patch+json', 'json'] as const)('application/%s', kind => {
  test('is merged: null takes back what was saved, mappings are merged, all else is replaced', async () => {
    const first = await as('admin', kind, { keep_archives: 5, data: { db: { host: 'a', port: 1 }, list: [1, 2] } })
    expect([first.status, first.json.changed]).toEqual([
      200,
      expect.arrayContaining([{ key: 'keep_archives', before: 3, after: 5 }]),
    ])
    const second = await as('admin', kind, {
      keep_archives: null,
      data: { db: { port: 2 }, list: [3] },
      downtime: null,
    })
    expect(second.status).toBe(200)
    expect(await configuration()).toMatchObject({ keep_archives: 3, data: { db: { host: 'a', port: 2 }, list: [3] } })
    expect((await as('admin', kind, { data: null })).status).toBe(200)
    expect((await configuration()).data).toEqual({})
  })

  test.each([
    ['a setting that is not valid', { keep_archives: 'many', downtime: true }, 422],
    ['what is fixed', { project_root: '/etc' }, kind === 'json' ? 400 : 422],
    ['a slip of a name', { keep_archive: 5 }, kind === 'json' ? 400 : 404],
    ['a list', '[1]', 400],
    ['a prototype', '{"__proto__": {"x": 1}}', 400],
    ['a prototype, deeper', '{"data": {"constructor": {"prototype": {"x": 1}}}}', 400],
  ])('%s is refused, and nothing is changed', async (_, body, status) => {
    const before = saved()
    expect((await as('admin', kind, body)).status).toBe(status)
    expect(saved()).toBe(before)
  })
})

test('plain JSON may name the settings as the command line does', async () => {
  expect((await as('admin', 'json', { settings: ['keep_archives=4'] })).status).toBe(200)
  expect((await as('admin', 'json', { settings: ['keep_archives=9'], keep_archives: 8 })).status).toBe(400)
  expect((await configuration()).keep_archives).toBe(4)
  expect((await as('admin', 'merge-patch+json', { keep_archives: null })).status).toBe(200)
})

describe('application/json-patch+json', () => {
  const patch = (operations: unknown, who = 'admin') => as(who, 'json-patch+json', operations)

  test('runs operations on what is shown, in one write', async () => {
    const said = await patch([
      { op: 'test', path: '/keep_archives', value: 3 },
      { op: 'replace', path: '/keep_archives', value: 5 },
      { op: 'add', path: '/data/hosts', value: ['a'] },
      { op: 'add', path: '/data/hosts/-', value: 'b' },
      { op: 'add', path: '/data/a~1b', value: 1 },
      { op: 'copy', from: '/data/hosts', path: '/data/others' },
      { op: 'move', from: '/data/a~1b', path: '/data/moved' },
      { op: 'add', path: '/environment', value: { COLOUR: 'blue' } },
    ])
    expect([said.status, said.json.error]).toEqual([200, undefined])
    expect(await configuration()).toMatchObject({
      keep_archives: 5,
      data: { hosts: ['a', 'b'], others: ['a', 'b'], moved: 1 },
      environment: { COLOUR: 'blue' },
    })
    expect((await patch([{ op: 'remove', path: '/data/others' }])).status).toBe(200)
    expect((await configuration()).data.others).toBeUndefined()
  })

  test('a test that fails is a conflict, and changes nothing', async () => {
    const before = saved()
    const said = await patch([
      { op: 'replace', path: '/keep_archives', value: 7 },
      { op: 'test', path: '/downtime', value: true },
    ])
    expect([said.status, said.json.error.code]).toEqual([409, 'PATCH_FAILED'])
    expect(saved()).toBe(before)
  })

  test.each([
    ['a path that is not there', [{ op: 'replace', path: '/data/nowhere/x', value: 1 }], 409],
    ['what stands in the defaults, taken out', [{ op: 'remove', path: '/drain_seconds' }], 409],
    ['all of it', [{ op: 'replace', path: '', value: {} }], 400],
    ['a prototype', [{ op: 'add', path: '/__proto__/admin', value: true }], 400],
    ['a prototype by its constructor', [{ op: 'add', path: '/constructor/prototype/admin', value: true }], 400],
    ['a prototype in a value', '[{"op": "add", "path": "/data/x", "value": {"__proto__": {"a": 1}}}]', 400],
    ['a prototype from elsewhere', [{ op: 'copy', from: '/__proto__', path: '/data/x' }], 400],
    ['an operation that is none', [{ op: 'rm', path: '/data' }], 400],
    ['an operation without a value', [{ op: 'add', path: '/data/x' }], 400],
    ['no list', { op: 'add', path: '/data/x', value: 1 }, 400],
    ['a value that is not valid', [{ op: 'replace', path: '/keep_archives', value: 'many' }], 422],
  ])('%s is refused, and nothing is changed', async (_, operations, status) => {
    const before = saved()
    expect((await patch(operations)).status).toBe(status)
    expect(saved()).toBe(before)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  test('what is secret is neither copied nor guessed', async () => {
    expect((await as('admin', 'merge-patch+json', { data: { password: 'hunter2' } })).status).toBe(200)
    expect((await patch([{ op: 'copy', from: '/data/password', path: '/data/shown' }])).status).toBe(409)
    expect((await patch([{ op: 'test', path: '/data/password', value: 'hunter2' }])).status).toBe(409)
  })

  test.each([
    ['an installer by its path', [{ op: 'replace', path: '/installer', value: '/tmp/evil' }]],
    ['an installer that is moved there', [{ op: 'copy', from: '/name', path: '/installer' }]],
    ['an account', [{ op: 'replace', path: '/user', value: 'root' }]],
    ['what state files read', [{ op: 'add', path: '/data/x', value: 'x; id' }]],
    ['what state files read, moved', [{ op: 'move', from: '/data/moved', path: '/environment/X' }]],
    [
      'an asset by its path',
      [
        { op: 'add', path: '/assets', value: [] },
        { op: 'add', path: '/assets/-', value: '/tmp/x' },
      ],
    ],
    ['a command of the machine', [{ op: 'add', path: '/notifications', value: { command: ['/bin/sh'] } }]],
    ['what nobody has declared', [{ op: 'add', path: '/docker', value: { engine: '/x' } }]],
  ])('a maintainer does not say %s', async (_, operations) => {
    const before = saved()
    const said = await patch(operations, 'mia')
    expect([said.status, said.json.error.code]).toEqual([403, 'RIGHT_MISSING'])
    expect(saved()).toBe(before)
  })

  test('a maintainer merges and patches what is the application’s own', async () => {
    expect((await patch([{ op: 'replace', path: '/keep_archives', value: 6 }], 'mia')).status).toBe(200)
    expect((await as('mia', 'merge-patch+json', { environment: { COLOUR: 'red' }, keep_archives: null })).status).toBe(
      200,
    )
    expect((await as('mia', 'merge-patch+json', { installer: '/tmp/x' })).status).toBe(403)
    expect((await as('mia', 'json', { merge: '{"installer": "/tmp/x"}' })).status).toBe(403)
    expect((await as('mia', 'json', { user: null })).status).toBe(403)
  })
})

test('a body of JSON Patch is no body of anything else', async () => {
  const said = await serving.ask('POST /users', {
    token: tokens['admin'] ?? '',
    raw: '[]',
    headers: { 'content-type': 'application/json-patch+json' },
  })
  expect(said.status).toBe(415)
})

test('the command line takes both', async () => {
  await world.must('config', 'set', shop, '--merge', '{"keep_archives": 8}')
  await world.must('config', 'set', shop, '--patch', '[{"op": "test", "path": "/keep_archives", "value": 8}]')
  const failed = await world.corpus(
    'config',
    'set',
    shop,
    '--patch',
    '[{"op":"test","path":"/keep_archives","value":1}]',
  )
  expect(failed.stderr).toContain('PATCH_FAILED')
  expect((await world.corpus('config', 'set', shop)).status).toBe(2)
})
