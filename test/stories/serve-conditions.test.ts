/** Clients that read again and again, and change only what they saw: ETags, pages, and keys that are used again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requests } from '../../src/controller/requests/index.ts'
import { type Asking, type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const shop = uniqueName('shop')
let world: World
let serving: Serving
let token: string

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('user', 'add', 'admin', '--admin')
  token = (await world.json<{ token: string }>('token', 'create', 'admin')).token
  serving = await serve(world)
}, 60_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const ask = (line: string, asking: Asking = {}) => serving.ask(line, { token, ...asking })
const tagOf = async (path: string): Promise<string> => String((await ask(`GET ${path}`)).headers['etag'])

test('whoever has it already is sent nothing, and what is new when it is another', async () => {
  for (const path of [`/projects/${shop}`, '/projects', `/projects/${shop}/configuration`]) {
    const etag = await tagOf(path)
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
    const again = await ask(`GET ${path}`, { headers: { 'if-none-match': `"other", ${etag}` } })
    expect([path, again.status, again.text, again.headers['etag']]).toEqual([path, 304, '', etag])
    expect((await ask(`GET ${path}`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  }
  // Who may not see it is told nothing by its tag.
  const etag = await tagOf(`/projects/${shop}`)
  const stranger = await serving.ask(`GET /projects/${shop}`, { headers: { 'if-none-match': etag } })
  expect(stranger.status).toBe(401)
})

describe('a change of what was seen', () => {
  const configuration = `/projects/${shop}/configuration`
  const environment = `/projects/${shop}/environment`

  test.each([
    ['the configuration', configuration, (count: number) => ({ settings: [`keep_archives=${count}`] })],
    ['the variables', environment, (count: number) => ({ variables: { COUNT: String(count) }, plain: true })],
  ])('%s: is made once, and by nobody who saw it before', async (_, path, body) => {
    const etag = await tagOf(path)
    const change = (count: number) => ask(`PATCH ${path}`, { headers: { 'if-match': etag }, body: body(count) })
    expect((await change(11)).status).toBe(200)
    const seen = await ask(`GET ${path}`)
    const late = await change(12)
    expect([late.status, late.json.error.code]).toEqual([412, 'PRECONDITION_FAILED'])
    expect((await ask(`GET ${path}`)).text).toBe(seen.text)
    expect((await ask(`PATCH ${path}`, { headers: { 'if-match': '*' }, body: body(13) })).status).toBe(200)
  })

  test('of many at once that saw the same, one is made', async () => {
    const etag = await tagOf(configuration)
    const said = await Promise.all(
      [21, 22, 23, 24].map(count =>
        ask(`PATCH ${configuration}`, {
          headers: { 'if-match': etag },
          body: { settings: [`keep_archives=${count}`] },
        }),
      ),
    )
    const made = said.filter(one => one.status === 200)
    expect(said.map(one => one.status).every(status => [200, 409, 412].includes(status))).toBe(true)
    expect(made).toHaveLength(1)
    expect((await ask(`GET ${configuration}`)).json.keep_archives).toBe(made[0]?.json.changed[0].after)
  })

  test('with a key is answered again as it was, though it was seen before', async () => {
    const headers = { 'if-match': await tagOf(configuration), 'idempotency-key': uniqueName('key') }
    const body = { settings: ['keep_archives=31'] }
    const first = await ask(`PATCH ${configuration}`, { headers, body })
    const again = await ask(`PATCH ${configuration}`, { headers, body })
    expect([first.status, again.status, again.json]).toEqual([200, 200, first.json])
    const other = await ask(`PATCH ${configuration}`, { headers, body: { settings: ['keep_archives=32'] } })
    expect([other.status, other.json.error.code]).toEqual([409, 'IDEMPOTENCY_REUSED'])
    const merged = {
      raw: '{"keep_archives": 32}',
      headers: { ...headers, 'content-type': 'application/merge-patch+json' },
    }
    expect((await ask(`PATCH ${configuration}`, merged)).status).toBe(409)
    expect((await ask(`GET ${configuration}`)).json.keep_archives).toBe(31)
  })

  test('where nothing could be seen, is refused', async () => {
    const said = await ask('POST /users', { headers: { 'if-match': '*' }, body: { name: 'nobody' } })
    expect(said.status).toBe(400)
    expect((await ask('GET /users')).json).toHaveLength(1)
  })
})

describe('a list that grows', () => {
  /** By the links of its pages. */
  async function whole(path: string): Promise<{ pages: number; items: unknown[] }> {
    const items: unknown[] = []
    let next: string | undefined = path
    let pages = 0
    while (next !== undefined) {
      const said = await ask(`GET ${next}`)
      expect(said.status).toBe(200)
      items.push(...said.json)
      pages++
      next = /^<\/api\/v1(\/[^>]*)>; rel="next"$/.exec(String(said.headers['link'] ?? ''))?.[1]
    }
    return { pages, items }
  }

  test('is answered in pages, each once', async () => {
    for (const name of ['one', 'two', 'three', 'four']) await ask('POST /users', { body: { name } })
    for (let turn = 0; turn < 3; turn++) await ask(`POST /projects/${shop}/procedures/notification`)
    for (const path of ['/users', '/audit', '/jobs', '/projects', '/tokens']) {
      const all = (await ask(`GET ${path}`)).json as unknown[]
      const { pages, items } = await whole(`${path}?limit=2`)
      if (path !== '/audit') expect([path, items.length]).toEqual([path, all.length])
      expect(pages).toBeGreaterThanOrEqual(Math.ceil(all.length / 2))
      expect(new Set(items.map(one => JSON.stringify(one))).size).toBe(items.length)
    }
    expect((await whole('/users?limit=2')).items).toEqual((await ask('GET /users')).json)
  }, 30_000)

  test('goes on though what stood last is gone', async () => {
    const first = await ask('GET /users?limit=2')
    const next = /<\/api\/v1([^>]*)>/.exec(String(first.headers['link']))?.[1] ?? ''
    const all = (await ask('GET /users')).json.map((one: { name: string }) => one.name)
    expect(first.json[1].name).not.toBe('admin')
    await ask(`DELETE /users/${first.json[1].name}`)
    expect((await ask(`GET ${next}`)).json[0].name).toBe(all[2])
    expect((await ask(next.replace(/^/, 'GET '))).status).toBe(200)
  })

  test.each(['limit=0', 'limit=many', 'limit=100000', 'cursor=x', 'cursor=WzEsMl0', 'limit=2&limit=3'])(
    'takes no %s',
    async words => {
      expect((await ask(`GET /users?${words}`)).status).toBe(400)
    },
  )

  test('is every list of things with names', () => {
    const lists = requests.filter(one => one.paged !== undefined)
    expect(lists.map(one => one.name)).toEqual(
      expect.arrayContaining([
        'list',
        'releases',
        'jobs',
        'audit',
        'user list',
        'token list',
        'keys list',
        'backup list',
      ]),
    )
  })
})
