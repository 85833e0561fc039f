/** What is changed is in the audit, as it stood before and after, wherever it was asked. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

interface Line {
  readonly who: string
  readonly from: string
  readonly request: string
  readonly target: string | null
  readonly before: unknown
  readonly after: unknown
  readonly outcome: string
}

const shop = uniqueName('shop')
const secret = 'hunter2hunter2'
let world: World
let serving: Serving
let token: string

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('user', 'add', 'ann', '--admin')
  token = (await world.json<{ token: string }>('token', 'create', 'ann')).token
  serving = await serve(world)
}, 60_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const last = async (): Promise<Line> => (await world.json<Line[]>('audit', '--limit', '1'))[0] as Line
const ask = (line: string, body: unknown) => serving.ask(line, { token, body })

/** Asked on the command line and by HTTP, each after the other. */
const changes: readonly {
  readonly what: string
  readonly words: readonly string[]
  readonly line: string
  readonly body: unknown
  readonly before: readonly [unknown, unknown]
  readonly after: readonly [unknown, unknown]
}[] = [
  {
    what: 'settings',
    words: ['config', 'set', shop, 'keep_archives=5', `data.password=${secret}`],
    line: `PATCH /projects/${shop}/configuration`,
    body: { settings: ['keep_archives=6', `data.password=${secret}x`] },
    before: [
      { keep_archives: 3, 'data.password': null },
      { keep_archives: 5, 'data.password': '********' },
    ],
    after: [
      { keep_archives: 5, 'data.password': '********' },
      { keep_archives: 6, 'data.password': '********' },
    ],
  },
  {
    what: 'settings that are taken back',
    words: ['config', 'unset', shop, 'keep_archives'],
    line: `POST /projects/${shop}/configuration/unset`,
    body: { keys: ['data.password'] },
    before: [{ keep_archives: 6 }, { 'data.password': '********' }],
    after: [{ keep_archives: 3 }, { 'data.password': null }],
  },
  {
    what: 'variables',
    words: ['env', 'set', shop, `A=${secret}`],
    line: `PATCH /projects/${shop}/environment`,
    body: { variables: { A: 'plain', B: 'blue' }, plain: true },
    before: [{ A: null }, { A: '********', B: null }],
    after: [{ A: '********' }, { A: 'plain', B: 'blue' }],
  },
  {
    what: 'variables that are taken out',
    words: ['env', 'unset', shop, 'A'],
    line: `POST /projects/${shop}/environment/unset`,
    body: { names: ['B'] },
    before: [{ A: 'plain' }, { B: 'blue' }],
    after: [{ A: null }, { B: null }],
  },
  {
    what: 'host names',
    words: ['domains', 'add', shop, 'a.example'],
    line: `POST /projects/${shop}/domains`,
    body: { host: 'b.example' },
    before: [{ domains: [] }, { domains: ['a.example'] }],
    after: [{ domains: ['a.example'] }, { domains: ['a.example', 'b.example'] }],
  },
  {
    what: 'freezes',
    words: ['freeze', shop, '--why', 'sale'],
    line: `POST /projects/${shop}/thaw`,
    body: {},
    before: [{ frozen: null }, { frozen: 'sale' }],
    after: [{ frozen: 'sale' }, { frozen: null }],
  },
  {
    what: 'maintenance',
    words: ['maintenance', shop, 'on'],
    line: `PUT /projects/${shop}/maintenance`,
    body: { state: 'off' },
    before: [{ maintenance: false }, { maintenance: true }],
    after: [{ maintenance: true }, { maintenance: false }],
  },
  {
    what: 'grants',
    words: ['grant', 'ann', 'viewer', shop],
    line: 'POST /grants/revoke',
    body: { name: 'ann', right: 'viewer', projects: shop },
    before: [[], [{ right: 'viewer', effect: 'allow', projects: shop }]],
    after: [[{ right: 'viewer', effect: 'allow', projects: shop }], []],
  },
  {
    what: 'users',
    words: ['user', 'add', 'bob'],
    line: 'DELETE /users/bob',
    body: undefined,
    before: [null, expect.objectContaining({ name: 'bob', admin: false })],
    after: [expect.objectContaining({ name: 'bob', admin: false }), null],
  },
  {
    what: 'the pillar',
    words: ['pillar', 'set', shop, 'data.port=8080'],
    line: `PATCH /projects/${shop}/pillar`,
    body: { set: { 'data.port': '9090' } },
    before: [{ 'data.port': null }, { 'data.port': 8080 }],
    after: [{ 'data.port': 8080 }, { 'data.port': 9090 }],
  },
]

describe('the audit has both sides of', () => {
  test.each(changes)(
    '$what',
    async ({ words, line, body, before, after }) => {
      await world.must(...words)
      const local = await last()
      expect(local).toMatchObject({ from: 'local', outcome: 'succeeded', before: before[0], after: after[0] })
      expect((await ask(line, body)).status).toBe(200)
      const remote = await last()
      expect(remote).toMatchObject({ who: 'ann', outcome: 'succeeded', before: before[1], after: after[1] })
      expect(remote.from).toMatch(/^http /)
    },
    30_000,
  )
})

test('what fails on the command line is there too, with its error, and a deployment with its release', async () => {
  expect((await world.corpus('config', 'set', shop, 'keep_archives=many')).status).not.toBe(0)
  expect(await last()).toMatchObject({ request: 'config set', target: shop, outcome: 'failed CONFIGURATION_INVALID' })
  const clone = await world.clone(shop, { 'README.md': 'one\n' })
  const before = (await world.json<Line[]>('audit')).length
  expect((await clone.push()).status).toBe(0)
  // A push is in the history of its project.
  expect((await world.json<Line[]>('audit')).length).toBe(before)
  await world.must('deploy', shop)
  expect(await last()).toMatchObject({ request: 'deploy', target: shop, outcome: expect.stringMatching(/^began \d/) })
  await world.corpus('run', shop, '--', 'sh', '-c', 'exit 3')
  expect(await last()).toMatchObject({ request: 'run', outcome: 'ended with 3', after: { command: ['sh'] } })
}, 60_000)

test('no secret of them is kept, and the chain holds', async () => {
  const kept = readFileSync(join(world.root, 'corpus', 'corpus.db')).toString('latin1')
  expect(kept).not.toContain(secret)
  expect((await world.must('audit', 'verify')).stdout).toMatch(/lines hold/)
})

test('where nobody has a store none is made, and a damaged one holds up no change', async () => {
  const plain = makeWorld()
  try {
    const name = uniqueName('plain')
    await plain.must('init', name)
    await plain.must('config', 'set', name, 'keep_archives=4')
    const store = join(plain.root, 'corpus', 'corpus.db')
    expect(existsSync(store)).toBe(false)
    writeFileSync(store, 'no database', { mode: 0o600 })
    const said = await plain.must('config', 'set', name, 'keep_archives=5')
    expect(said.stderr).toContain('it is not in the audit')
    expect(await plain.json('config', 'get', name, 'keep_archives')).toBe(5)
  } finally {
    await plain.dispose()
  }
}, 30_000)
