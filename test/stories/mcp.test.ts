/** Programs that use corpus by MCP, with the client of the protocol's own makers. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requests } from '../../src/controller/requests/index.ts'
import { type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const shop = uniqueName('shop')
const other = uniqueName('other')
const people = ['stranger', 'viewer', 'deployer', 'admin'] as const
let world: World
let serving: Serving
const tokens: Record<string, string> = {}

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('init', other)
  for (const name of people) {
    await world.must('user', 'add', name, ...(name === 'admin' ? ['--admin'] : []))
    if (name === 'viewer' || name === 'deployer') await world.must('grant', name, name, shop)
    tokens[name] = (await world.json<{ token: string }>('token', 'create', name)).token
  }
  const clone = await world.clone(shop, { 'a.txt': 'a\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  serving = await serve(world)
}, 60_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const open: Client[] = []
afterAll(() => Promise.all(open.map(one => one.close())))

/** `mode`: how it finds out which revision of the protocol is spoken. */
async function client(who: string, mode: 'auto' | 'legacy' = 'auto'): Promise<Client> {
  const one = new Client({ name: 'story', version: '1' }, { versionNegotiation: { mode } })
  await one.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${serving.port}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${tokens[who] ?? who}` } },
    }),
  )
  open.push(one)
  return one
}

interface Answer {
  readonly isError: boolean
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of it, it says
  readonly json: any
}

async function call(one: Client, name: string, given: Record<string, unknown> = {}): Promise<Answer> {
  const { content, isError = false } = await one.callTool({ name, arguments: given })
  const [first] = content as { readonly type: string; readonly text: string }[]
  return { isError: isError === true, json: JSON.parse(first?.text ?? '') }
}

const namesOf = async (one: Client) => (await one.listTools()).tools.map(({ name }) => name)

/** A message as it is on the wire, as programs of another make send it. */
const raw = (who: string, message: unknown, headers: Record<string, string> = {}) =>
  serving.ask('POST /mcp', {
    ...(who === '' ? {} : { token: tokens[who] ?? who }),
    body: message,
    headers: { accept: 'application/json, text/event-stream', ...headers },
  })
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

describe.each(['auto', 'legacy'] as const)('a client that speaks %s', mode => {
  test('is shown the tools that its token may use', async () => {
    const [stranger, viewer, deployer, admin] = await Promise.all(people.map(name => client(name, mode)))
    if (!stranger || !viewer || !deployer || !admin) throw new Error('not connected')
    expect(await namesOf(stranger)).toEqual([])
    const seen = await viewer.listTools()
    expect(seen.tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true)
    expect(seen.tools.find(({ name }) => name === 'status')).toMatchObject({
      description: expect.stringContaining('Needs the right see on project.'),
      inputSchema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    })
    expect(JSON.stringify(seen)).not.toMatch(/"(word|flag|inClone|parse)":/)
    const may = await namesOf(deployer)
    expect(may).toEqual(expect.arrayContaining(['deploy', 'rollback', 'job_events', 'logs']))
    expect(may).not.toContain('destroy')
    expect(may).not.toContain('config_set')
    const all = await namesOf(admin)
    const ofTerminals = ['serve', 'agent', 'remote add', 'help', 'man', 'completion']
    expect(all.sort()).toEqual(
      requests
        .map(one => one.name)
        .filter(name => !ofTerminals.includes(name))
        .map(name => name.replaceAll(' ', '_'))
        .sort(),
    )
  })

  test('reads, and is refused with a code and a way out; the audit knows by which way it came', async () => {
    const viewer = await client('viewer', mode)
    expect(await call(viewer, 'status', { name: shop })).toMatchObject({ isError: false, json: { name: shop } })
    expect((await call(viewer, 'list')).json.map((one: { name: string }) => one.name)).toEqual([shop])
    const refused = await call(viewer, 'deploy', { name: shop })
    expect(refused).toMatchObject({
      isError: true,
      json: { error: { code: 'RIGHT_MISSING', way_out: expect.stringContaining('corpus grant') } },
    })
    const unseen = await call(viewer, 'status', { name: other })
    const missing = await call(viewer, 'status', { name: `${other}x` })
    expect([unseen.json.error.code, missing.json.error.code]).toEqual(['PROJECT_UNKNOWN', 'PROJECT_UNKNOWN'])
    const [last] = await world.json<{ request: string; from: string; who: string; outcome: string }[]>('audit')
    expect(last).toMatchObject({
      request: 'deploy',
      who: 'viewer',
      from: 'mcp 127.0.0.1',
      outcome: 'refused RIGHT_MISSING',
    })
  })
})

test('a deployer deploys, and follows the job to its end', async () => {
  const deployer = await client('deployer')
  const { json, isError } = await call(deployer, 'deploy', { name: shop })
  expect([isError, json]).toEqual([false, { job: expect.any(String) }])
  const told: { readonly type: string }[] = []
  for (let from = 0; ; ) {
    const page = (await call(deployer, 'job_events', { id: json.job, from, wait: true })).json
    told.push(...page.events.map(({ event }: { readonly event: { readonly type: string } }) => event))
    from += page.events.length
    if (page.ended) break
  }
  expect(told[0]).toMatchObject({ type: 'begun', project: shop })
  expect(told.at(-1)).toMatchObject({ type: 'ended' })
  expect((await call(deployer, 'job_show', { id: json.job })).json).toMatchObject({
    state: 'succeeded',
    by: 'deployer',
    from: 'mcp 127.0.0.1',
  })
  const stranger = await client('stranger')
  expect((await call(stranger, 'job_show', { id: json.job })).json.error.code).toBe('JOB_UNKNOWN')
})

test('what may be done on projects that are to come is listed before there is one', async () => {
  await world.must('user', 'add', 'early')
  await world.must('grant', 'early', 'deployer', `not-yet-${shop.slice(-5)}*`)
  const one = await client((await world.json<{ token: string }>('token', 'create', 'early')).token)
  expect(await namesOf(one)).toContain('deploy')
  expect((await call(one, 'list')).json).toEqual([])
})

test('a token that only looks makes an administrator one who only looks', async () => {
  const { token } = await world.json<{ token: string }>(
    'token',
    'create',
    'admin',
    '--right',
    'viewer',
    '--project',
    shop,
  )
  const one = await client(token)
  expect((await one.listTools()).tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true)
  expect((await call(one, 'deploy', { name: shop })).json.error.code).toBe('RIGHT_MISSING')
  expect((await call(one, 'user_list')).json.error.code).toBe('RIGHT_MISSING')
})

describe('who is nobody', () => {
  test.each([
    ['without a credential', ''],
    ['with one that does not count', 'corpus.x.y'],
  ])('%s is told nothing, whatever it says', async (_, who) => {
    for (const message of [list, { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }, {}]) {
      const { status, headers, json } = await raw(who, message)
      expect([status, json.error.code]).toEqual([401, 'CREDENTIAL_REFUSED'])
      expect(headers['www-authenticate']).toBe('Bearer realm="corpus"')
    }
    expect((await serving.ask('GET /mcp', { ...(who === '' ? {} : { token: who }) })).status).toBe(401)
  })

  test('a password is no credential here, nor is a token sent as one', async () => {
    const basic = (secret: string) => `Basic ${Buffer.from(`admin:${secret}`).toString('base64')}`
    expect((await raw('', list, { authorization: basic(tokens['admin'] ?? '') })).status).toBe(401)
  })

  test('a page of another origin and another host name are refused', async () => {
    expect((await raw('admin', list, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await raw('admin', list, { host: 'evil.example' })).status).toBe(421)
  })

  test('a token that is revoked is nobody’s at once', async () => {
    const made = await world.json<{ token: string; id: string }>('token', 'create', 'viewer')
    const one = await client(made.token)
    expect((await call(one, 'status', { name: shop })).isError).toBe(false)
    await world.must('token', 'revoke', made.id)
    await expect(call(one, 'status', { name: shop })).rejects.toThrow()
  })
})

describe('hostile input', () => {
  test('tools that are none are none, by whatever name', async () => {
    const one = await client('admin')
    for (const name of ['nothing', '__proto__', 'constructor', 'toString', 'config get', 'serve', 'allowed tools', ''])
      await expect(call(one, name)).rejects.toThrow(/no tool/)
  })

  test('what is given is understood whole, or refused', async () => {
    const one = await client('admin')
    for (const given of [
      {},
      { name: shop, more: 1 },
      { name: 7 },
      { name: ['a'] },
      { name: '../../etc' },
      { name: '--help' },
      JSON.parse('{"constructor": "x"}'),
    ]) {
      const { isError, json } = await call(one, 'status', given)
      expect([isError, json.error.code]).toEqual([true, expect.stringMatching(/USAGE|PROJECT_UNKNOWN|NAME_INVALID/)])
    }
    const proto =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"status","arguments":{"__proto__":{"name":"x"}}}}'
    const { status } = await serving.ask('POST /mcp', { token: tokens['admin'] ?? '', raw: proto })
    expect(status).toBe(400)
  })

  test('what is no message, many at once, too large, or packed is refused, and the next one is answered', async () => {
    const ask = (text: string | Buffer, headers: Record<string, string> = {}) =>
      serving.ask('POST /mcp', { token: tokens['admin'] ?? '', raw: text, headers })
    expect((await ask('{')).status).toBe(400)
    expect((await ask('[1]')).status).toBe(400)
    expect((await ask(JSON.stringify(Array.from({ length: 1000 }, () => list)))).status).toBe(400)
    expect((await ask(JSON.stringify({ ...list, x: 'x'.repeat(2 ** 20) }))).status).toBe(413)
    expect((await ask('x', { 'content-encoding': 'gzip' })).status).toBe(415)
    expect((await ask('"x"')).status).toBe(400)
    expect((await ask('')).status).toBeGreaterThanOrEqual(400)
    expect(await namesOf(await client('viewer'))).toContain('status')
  })

  test('a client that is gone leaves nothing behind, and many ask at once', async () => {
    const one = await client('viewer')
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(one, 'status', { name: shop })))
    expect(answers.every(({ isError }) => !isError)).toBe(true)
    const gone = new AbortController()
    const waiting = one.callTool(
      { name: 'logs', arguments: { name: shop, app: true, follow: true } },
      { signal: gone.signal },
    )
    gone.abort()
    await expect(waiting).rejects.toThrow()
    expect((await call(one, 'status', { name: shop })).isError).toBe(false)
  })
})
