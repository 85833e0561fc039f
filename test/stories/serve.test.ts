/** From one person to a team: users, rights and the HTTP entry point, as people and their programs meet them. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requests } from '../../src/controller/requests/index.ts'
import { findAccount } from '../../src/shell/account.ts'
import { listenerOf, type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
const shop = uniqueName('shop')
const other = uniqueName('other')
let world: World
let serving: Serving
const tokens: Record<string, string> = {}

/** What each role may, once more by hand. */
const roles: Readonly<Record<string, readonly string[]>> = {
  stranger: [],
  viewer: ['see', 'logs'],
  deployer: ['see', 'logs', 'deploy', 'push'],
  maintainer: ['see', 'logs', 'deploy', 'push', 'configure', 'secrets', 'run', 'operate'],
  owner: ['see', 'logs', 'deploy', 'push', 'push-pillar', 'configure', 'secrets', 'run', 'shell', 'operate', 'admin'],
}

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('init', other)
  await world.must('user', 'add', 'admin', '--admin')
  for (const role of Object.keys(roles)) {
    await world.must('user', 'add', role)
    if (role !== 'stranger') await world.must('grant', role, role, shop)
  }
  for (const name of ['admin', ...Object.keys(roles)])
    tokens[name] = (await world.json<{ token: string }>('token', 'create', name)).token
  serving = await serve(world)
}, 60_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const as = (name: string, line: string, body?: unknown, headers: Record<string, string> = {}) =>
  serving.ask(line, { token: tokens[name] ?? '', headers, ...(body === undefined ? {} : { body }) })

async function ended(id: string) {
  for (;;) {
    const { json } = await as('admin', `GET /jobs/${id}`)
    if (!['queued', 'running'].includes(json.state)) return json
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

test.runIf(isRoot)('nothing that listens is root', () => {
  expect(listenerOf(serving.port)).toBe(findAccount('corpus')?.uid)
  expect(listenerOf(serving.port)).not.toBe(0)
})

interface Row {
  readonly request: (typeof requests)[number]
  readonly given: Readonly<Record<string, unknown>>
  /** Beside the right of the request; `admin on machine` is no right of a role. */
  readonly needs: readonly string[]
}

/** Every request as it is, with each param that takes a right of its own, and with settings of each kind. */
function rows(): readonly Row[] {
  return requests.flatMap(request => {
    const further = Object.entries(request.more ?? {}).map(([param, right]) => ({
      request,
      given: { [param]: request.params.properties[param]?.['type'] === 'boolean' ? 'true' : 'x' },
      needs: [String(right)],
    }))
    const settings = Object.entries(request.params.properties).flatMap(([param, shape]) => {
      const kinds = [
        ['keep_archives', 'configure'],
        ['full', 'push-pillar'],
        ['user', 'admin on machine'],
      ] as const
      const values = {
        values: (key: string) => [`${key}=1`],
        keys: (key: string) => [key],
        merge: (key: string) => ({ [key]: 1 }),
        patch: (key: string) => [{ op: 'replace', path: `/${key}`, value: 1 }],
      }
      const valueOfKind = values[shape['settings'] as keyof typeof values]
      if (valueOfKind === undefined) return []
      return kinds.map(([key, right]) => ({ request, given: { [param]: valueOfKind(key) }, needs: [right] }))
    })
    return [{ request, given: {}, needs: [] }, ...further, ...settings]
  })
}

describe('who may what, on every route', () => {
  test('is what is declared of it: 401 without a credential, 404 without sight, 403 without the right', async () => {
    const { job } = (await as('admin', `POST /projects/${shop}/procedures/notification`)).json
    await ended(job)
    const wrong: unknown[] = []
    for (const { request, given, needs } of rows()) {
      const { name, http, right, kind } = request
      const [method, path = ''] = http.split(' ')
      const [word = '', target] = right.split(' on ')
      const subject = target === 'project' ? shop : 'x'
      const url = path
        .replace('{name}', subject)
        .replace('{id}', job)
        .replace(/\{\w+\}/g, 'x')
      // What nobody declared: who may ask is told so, and nothing is done.
      const more = { ...given, zzz: '1', ...(path.includes('{name}') ? {} : { name: subject }) }
      const inQuery = method === 'GET' || method === 'DELETE'
      const line = `${method} ${url}${inQuery ? `?${new URLSearchParams(more as Record<string, string>)}` : ''}`
      const body = inQuery ? {} : { body: more }
      const isListing = target === 'each project'
      const expectedOf = (who: string): number => {
        if (who === 'anonymous') return 401
        if (who === 'admin' || isListing) return 400
        if (target === 'machine') return 403
        if (who === 'stranger') return 404
        return [word, ...needs].every(one => roles[who]?.includes(one)) ? 400 : 403
      }
      for (const who of ['anonymous', ...Object.keys(roles), 'admin']) {
        const token = tokens[who]
        const { status, json } = await serving.ask(line, token === undefined ? body : { token, ...body })
        if (status !== expectedOf(who)) wrong.push([name, given, kind, who, status, expectedOf(who)])
        else expect(Object.keys(json.error)).toEqual(['code', 'message', 'detail', 'way_out', 'request_id'])
      }
    }
    expect(wrong).toEqual([])
  }, 120_000)

  test('a project that one may not see is as one that is not there', async () => {
    const [unseen, missing] = await Promise.all([
      as('owner', `GET /projects/${other}`),
      as('owner', `GET /projects/${other}x`),
    ])
    expect([unseen.status, missing.status]).toEqual([404, 404])
    expect(unseen.json.error.message.replace(other, 'X')).toBe(missing.json.error.message.replace(`${other}x`, 'X'))
    expect(unseen.text).not.toContain(shop)
    expect((await as('owner', 'GET /projects')).json.map((one: { name: string }) => one.name)).toEqual([shop])
    expect((await as('stranger', 'GET /projects')).json).toEqual([])
    expect((await as('stranger', 'GET /jobs')).json).toEqual([])
    expect((await as('admin', 'GET /projects')).json).toHaveLength(2)
  })

  test('a token that was narrowed reaches no further, and one that was revoked or has expired nowhere', async () => {
    const made = await world.json<{ token: string; id: string }>(
      ...['token', 'create', 'admin', '--right', 'see', '--project', other, '--days', '1'],
    )
    const ask = (line: string) => serving.ask(line, { token: made.token })
    expect((await ask(`GET /projects/${other}`)).status).toBe(200)
    expect((await ask(`POST /projects/${other}/deploy`)).status).toBe(403)
    expect((await ask(`GET /projects/${shop}`)).status).toBe(404)
    expect((await ask('GET /users')).status).toBe(403)
    const store = new Sqlite(join(world.root, 'corpus', 'corpus.db'))
    store.prepare('update tokens set expires_at = 1 where id = ?').run(made.id)
    expect((await ask(`GET /projects/${other}`)).status).toBe(401)
    store.prepare('update tokens set expires_at = null where id = ?').run(made.id)
    store.close()
    expect((await ask(`GET /projects/${other}`)).status).toBe(200)
    await world.must('token', 'revoke', made.id)
    expect((await ask(`GET /projects/${other}`)).status).toBe(401)
  })

  test('what is granted and taken back counts at once, and a user that is removed is nobody', async () => {
    await world.must('user', 'add', 'guest')
    tokens['guest'] = (await world.json<{ token: string }>('token', 'create', 'guest')).token
    const sees = async () => (await as('guest', `GET /projects/${shop}`)).status
    expect(await sees()).toBe(404)
    await world.must('grant', 'guest', 'viewer', '*')
    expect(await sees()).toBe(200)
    await world.must('grant', 'guest', 'see', shop, '--deny')
    expect(await sees()).toBe(404)
    expect((await world.json<{ projects: unknown[] }>('rights', 'guest')).projects).toEqual([
      { name: other, rights: ['see', 'logs'] },
    ])
    await world.must('user', 'remove', 'guest')
    expect(await sees()).toBe(401)
  })
})

describe('a deployment is a job', () => {
  test('which is followed by its events, from anywhere on, and ends as the deployment does', async () => {
    const clone = await world.clone(shop, { 'README.md': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    const asked = await as('deployer', `POST /projects/${shop}/deploy`, {})
    expect([asked.status, asked.headers['location']]).toEqual([202, `/api/v1/jobs/${asked.json.job}`])
    const { text, headers } = await as('viewer', `GET /jobs/${asked.json.job}/events`)
    expect(headers['content-type']).toMatch(/^text\/event-stream/)
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(match => Number(match[1]))
    expect(ids).toEqual(ids.map((_, at) => at))
    expect(ids.length).toBeGreaterThan(10)
    expect(text).toMatch(/event: end\ndata: .*"state":"succeeded","progress":100/)
    const rest = await as('viewer', `GET /jobs/${asked.json.job}/events`, undefined, { 'last-event-id': '4' })
    // Whoever follows while nothing happens is told so, in between.
    const said = (one: string) => one.replaceAll(': waits\n\n', '')
    expect(said(rest.text)).toBe(said(text.slice(text.indexOf('id: 5\n'))))
    expect(await ended(asked.json.job)).toMatchObject({
      request: 'deploy',
      project: shop,
      state: 'succeeded',
      progress: 100,
      error: null,
      by: 'deployer',
    })
    expect((await as('viewer', `GET /projects/${shop}/releases`)).json.length).toBeGreaterThan(1)
    const back = await as('deployer', `POST /projects/${shop}/rollback`)
    expect(await ended(back.json.job)).toMatchObject({ state: 'succeeded' })
  }, 60_000)

  test('and fails with the deployment’s own error', async () => {
    const clone = await world.clone(other, { '.salt/build.sls': 'broken:\n  cmd.run:\n    - name: "false"\n' })
    expect((await clone.push()).status).not.toBe(0)
    const { json } = await as('admin', `POST /projects/${other}/deploy`)
    const job = await ended(json.job)
    expect(job).toMatchObject({ state: 'failed' })
    expect(job.error.code).toMatch(/STATES_FAILED|NOTHING_TO_DEPLOY|DEPLOYMENT_FAILED/)
  }, 60_000)

  test('that outlives whoever serves: killed in the middle, it is followed to its end by the next', async () => {
    await world.must('config', 'set', shop, 'x=1')
    const clone = await world.clone(shop, { '.salt/build.sls': 'slow:\n  cmd.run:\n    - name: sleep 3\n' })
    void clone
    const pushed = await clone.git('push', 'corpus', '--force', 'HEAD:master', '-o', 'no-deploy')
    expect(pushed.status).toBe(0)
    const { job } = (await as('admin', `POST /projects/${shop}/deploy`)).json
    for (;;) if ((await as('admin', `GET /jobs/${job}`)).json.events > 3) break
    await serving.end('SIGKILL')
    serving = await serve(world)
    const seen = await as('admin', `GET /jobs/${job}/events`)
    const ids = [...seen.text.matchAll(/^id: (\d+)$/gm)].map(match => Number(match[1]))
    expect(ids).toEqual(ids.map((_, at) => at))
    expect([...seen.text.matchAll(/"type":"started"/g)]).toHaveLength(1)
    expect(await ended(job)).toMatchObject({ state: 'succeeded', project: shop })
  }, 60_000)

  test('that is cancelled within seconds', async () => {
    const clone = await world.clone(shop, { '.salt/build.sls': 'slow:\n  cmd.run:\n    - name: sleep 300\n' })
    await clone.git('push', 'corpus', '--force', 'HEAD:master', '-o', 'no-deploy')
    const { job } = (await as('deployer', `POST /projects/${shop}/deploy`)).json
    for (;;) if ((await as('admin', `GET /jobs/${job}`)).json.events > 3) break
    expect((await as('viewer', `POST /jobs/${job}/cancel`)).status).toBe(403)
    expect((await as('stranger', `POST /jobs/${job}/cancel`)).status).toBe(404)
    expect((await as('deployer', `POST /jobs/${job}/cancel`)).status).toBe(200)
    expect(await ended(job)).toMatchObject({ state: 'cancelled', error: { code: 'DEPLOYMENT_CANCELLED' } })
    expect((await as('deployer', `POST /jobs/${job}/cancel`)).status).toBe(409)
  }, 60_000)

  test('asked twice with one key it is one job, and the key is for nothing else', async () => {
    const key = { 'idempotency-key': uniqueName('key') }
    const line = `POST /projects/${shop}/procedures/notification`
    const [one, two] = await Promise.all([as('admin', line, {}, key), as('admin', line, {}, key)])
    expect(one.json).toEqual(two.json)
    const third = await as('admin', `POST /projects/${shop}/deploy`, {}, key)
    expect([third.status, third.json.error.code]).toEqual([409, 'IDEMPOTENCY_REUSED'])
    const add = { 'idempotency-key': uniqueName('key') }
    const first = await as('admin', 'POST /users', { name: 'once' }, add)
    const again = await as('admin', 'POST /users', { name: 'once' }, add)
    expect([first.status, again.status, again.json]).toEqual([200, 200, first.json])
    expect((await as('admin', 'POST /users', { name: 'twice' }, add)).status).toBe(409)
  }, 30_000)
})

describe('whoever means ill is refused, and it goes on serving', () => {
  test.each([
    ['a name that leads out', 'GET /projects/..%2f..%2fetc', {}, 404],
    ['a name that is an option', 'GET /projects/--upload-pack=x', {}, 404],
    ['a body that is too large', 'POST /users', { raw: `{"name":"${'x'.repeat(2_000_000)}"}` }, 413],
    ['a body that is packed', 'POST /users', { raw: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } }, 415],
    ['a body that is no JSON', 'POST /users', { raw: '{"name":' }, 400],
    ['a body that is no mapping', 'POST /users', { raw: '[]' }, 400],
    [
      'a body of another kind',
      'POST /users',
      { raw: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
    ],
    ['a prototype', 'POST /users', { raw: '{"__proto__": {"admin": true}, "name": "x"}' }, 400],
    ['a name said twice', `POST /projects/${shop}/freeze`, { body: { name: 'other' } }, 400],
    ['another host', 'GET /projects', { headers: { host: 'evil.example' } }, 421],
    ['a page of another origin', 'GET /projects', { headers: { origin: 'http://evil.example' } }, 403],
    ['a token in the URL', 'GET /projects?token=x', {}, 400],
    ['a route that is none', 'GET /nothing', {}, 404],
    ['a user that is an option', 'POST /users', { body: { name: '--admin' } }, 400],
  ] as const)('%s', async (_, line, asking, status) => {
    const said = await serving.ask(line, { token: tokens['admin'] ?? '', ...asking })
    expect([said.status, typeof said.json.error.code]).toEqual([status, 'string'])
    expect(said.text).not.toContain('node_modules')
    expect((await as('admin', 'GET /projects')).status).toBe(200)
  })

  test('two requests in one', async () => {
    const text = await new Promise<string>(resolve => {
      let said = ''
      const socket = connect(serving.port, '127.0.0.1', () =>
        socket.write(
          'POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n',
        ),
      )
      socket.on('data', piece => {
        said += piece.toString()
      })
      socket.on('close', () => resolve(said))
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).not.toContain('openapi')
  })

  test('passwords are tried ten times a minute, tokens are not locked out, and no secret is kept anywhere', async () => {
    const secret = 'correct horse battery'
    await as('admin', 'POST /users', { name: 'pat', password: secret })
    const basic = (password: string) =>
      serving.ask('GET /projects', {
        headers: { authorization: `Basic ${Buffer.from(`pat:${password}`).toString('base64')}` },
      })
    expect((await basic(secret)).status).toBe(200)
    const tried: number[] = []
    for (let turn = 0; turn < 12; turn++) tried.push((await basic(`wrong ${turn}`)).status)
    expect(tried.slice(-2)).toEqual([429, 429])
    expect(tried[0]).toBe(401)
    expect((await basic(secret)).status).toBe(429)
    expect((await as('admin', 'GET /projects')).status).toBe(200)
    const lines = async () => (await as('admin', 'GET /audit?limit=1000')).json.length
    const before = await lines()
    for (let turn = 0; turn < 5; turn++)
      expect((await serving.ask('GET /projects', { token: `corpus.AAAAAAAAAAAA.${'x'.repeat(43)}` })).status).toBe(401)
    expect(await lines()).toBe(before)
    const kept = readFileSync(join(world.root, 'corpus', 'corpus.db')).toString('latin1')
    const audit = (await as('admin', 'GET /audit?limit=1000')).text
    for (const text of [secret, ...Object.values(tokens)]) {
      expect(kept).not.toContain(text)
      expect(audit).not.toContain(text)
    }
  }, 30_000)
})

test('each change has its line in the audit, what was refused too, and the chain holds', async () => {
  await as('admin', `PATCH /projects/${shop}/environment`, {
    variables: { DATABASE_URL: 'postgres://u:hunter22@db/x' },
  })
  await as('viewer', `POST /projects/${shop}/freeze`, { why: 'no' })
  const lines = await world.json<{ request: string; who: string; outcome: string; after: unknown; from: string }[]>(
    'audit',
    '--project',
    shop,
  )
  expect(lines[0]).toMatchObject({
    who: 'viewer',
    request: 'freeze',
    outcome: 'refused RIGHT_MISSING',
    from: 'http 127.0.0.1',
  })
  expect(lines[1]).toMatchObject({
    who: 'admin',
    request: 'env set',
    outcome: 'succeeded',
    before: { DATABASE_URL: null },
    after: { DATABASE_URL: '********' },
  })
  expect(JSON.stringify(lines)).not.toContain('hunter22')
  expect((await world.must('audit', 'verify')).stdout).toMatch(/lines hold/)
})

test('a body of JSON that is empty is nothing said', async () => {
  expect((await serving.ask(`POST /projects/${shop}/thaw`, { token: tokens['admin'] ?? '', raw: '' })).status).toBe(200)
})

test('/openapi.json describes every request, in OpenAPI 3.1', async () => {
  const { json } = await serving.ask('GET /openapi.json')
  expect(json.openapi).toBe('3.1.0')
  for (const { http, name } of requests) {
    const [method = '', path] = http.split(' ')
    expect([name, json.paths[`/api/v1${path}`]?.[method.toLowerCase()]?.operationId]).toEqual([
      name,
      name.replaceAll(' ', '-'),
    ])
  }
})

test('/api shows it to people, in a page that may run nothing', async () => {
  const { status, text, headers } = await serving.ask('GET /api')
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
  expect(text).toContain('/api/v1/projects/{name}/rollback')
})
