/** Whoever means ill by HTTP: refused, with a line in the audit, and it goes on serving everybody else. */
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requests } from '../../src/controller/requests/index.ts'
import { exchanged, type NginxBefore, nginxBefore } from '../support/nginx-before.ts'
import { type Asking, type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

interface Line {
  readonly who: string
  readonly request: string
  readonly outcome: string
}

const shop = uniqueName('shop')
let world: World
let serving: Serving
let nginx: NginxBefore
let token: string
let said = ''

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('user', 'add', 'admin', '--admin')
  token = (await world.json<{ token: string }>('token', 'create', 'admin')).token
  serving = await serve(world)
  serving.process.stdout?.on('data', piece => {
    said += String(piece)
  })
  serving.process.stderr?.on('data', piece => {
    said += String(piece)
  })
  nginx = await nginxBefore(serving.port, '/api/v1/users')
}, 60_000)
afterAll(async () => {
  await nginx?.end()
  await serving?.end()
  await world?.dispose()
})

const ask = (line: string, asking: Asking = {}) => serving.ask(line, { token, ...asking })
const audit = () => world.json<Line[]>('audit', '--limit', '1000')
const isAlive = async () => {
  expect(serving.process.exitCode).toBeNull()
  expect((await ask('GET /projects')).json.map((one: { name: string }) => one.name)).toEqual([shop])
}

test('what is no HTTP is answered once, with its line in the audit', async () => {
  expect(await exchanged(serving.port, 'GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"USAGE"/s)
  const lines = await audit()
  expect(lines.filter(one => one.request === 'no HTTP').map(one => one.outcome)).toEqual(['refused USAGE'])
  await isAlive()
})

describe('odd names', () => {
  const names = [
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    '%2fetc%2fpasswd',
    '--upload-pack=touch',
    '-rf',
    'a%00b',
    'a%0ab',
    '%ff%fe',
    '%24(id)',
    "x'%3b--",
    'x'.repeat(150),
    'x'.repeat(5000),
    '__proto__',
  ]

  test('are refused on every route that has one in its path', async () => {
    const routes = requests.filter(({ http, right }) => http.includes('{') && !right.endsWith('on machine'))
    const wrong: unknown[] = []
    for (const { http, name: request } of routes) {
      const [method = '', path = ''] = http.split(' ')
      for (const name of names) {
        const line = `${method} ${path.replace(/\{(name|id)\}/, name).replaceAll(/\{\w+\}/g, 'x')}`
        const { status, text } = await ask(line, method === 'GET' || method === 'DELETE' ? {} : { body: {} })
        if (![400, 404, 414].includes(status) || text.includes('root:') || text.includes('node_modules'))
          wrong.push([request, name, status])
      }
    }
    expect(wrong).toEqual([])
    await isAlive()
  }, 120_000)

  test.each([
    ['a project', 'POST /projects', { name: '../../etc' }],
    ['a project that is an option', 'POST /projects', { name: '--mode=final' }],
    ['an origin that runs a program', 'POST /projects', { name: 'evil', origin: 'ext::sh -c touch% /tmp/evil' }],
    ['an origin that is an option', 'POST /projects', { name: 'evil', origin: '--upload-pack=touch /tmp/evil' }],
    ['a release that is an option', `GET /projects/${shop}/diff?from=--output=/tmp/evil`, undefined],
    ['a host', `POST /projects/${shop}/domains`, { host: 'x;}\nserver{listen 80' }],
    ['a variable', `PATCH /projects/${shop}/environment`, { variables: { 'A=B\nLD_PRELOAD': 'x' } }],
    ['a key', 'PUT /keys/ann%0a', { key: 'ssh-ed25519 AAAA\ncommand="x" ssh-rsa AAAA' }],
    ['a task', `POST /projects/${shop}/tasks/..%2f..%2fbuild`, {}],
    ['a backup that is an option', `POST /projects/${shop}/backups/restore`, { backup: '--target=/' }],
    ['a glob', 'POST /grants', { name: 'admin', right: 'see', projects: '.*|x' }],
  ])('%s: refused, one line in the audit for a change', async (_, line, body) => {
    const before = (await audit()).length
    const { status, text } = await ask(line, body === undefined ? {} : { body })
    if (status === 202) {
      // A deployment fails of it in its own line.
      const { job } = JSON.parse(text)
      for (;;) {
        const { json } = await ask(`GET /jobs/${job}`)
        if (['queued', 'running'].includes(json.state)) continue
        expect(json.state).toBe('failed')
        break
      }
    } else expect([400, 404, 409, 422]).toContain(status)
    expect((await audit()).length - before).toBe(body === undefined ? 0 : 1)
    expect(existsSync('/tmp/evil')).toBe(false)
    await isAlive()
  })
})

describe('senders that are not what they say', () => {
  test.each([
    ['another name', 'GET /projects', { host: 'evil.example' }, 421],
    ['a name with more behind it', 'GET /projects', { host: 'localhost@evil.example' }, 421],
    ['a name that ends the line', 'GET /projects', { host: 'localhost:80x' }, 421],
    ['another origin', 'POST /users', { origin: 'https://evil.example' }, 403],
    ['no origin at all', 'POST /users', { origin: 'null' }, 403],
    ['an origin that begins alike', 'POST /users', { origin: 'http://127.0.0.1.evil.example' }, 403],
  ])('%s', async (_, line, headers, status) => {
    const before = await audit()
    const { status: got } = await ask(line, { headers, ...(line.startsWith('POST') ? { body: { name: 'evil' } } : {}) })
    expect(got).toBe(status)
    await isAlive()
    const after = await audit()
    expect(after.length - before.length).toBe(1)
    expect(after[0]).toMatchObject({ who: '?', outcome: 'refused HOST_REFUSED' })
    expect((await ask('GET /users')).json).toHaveLength(1)
  })

  test('who says to be another machine is not believed but behind a proxy of this one, and is no name either', async () => {
    await serving.ask('GET /projects', {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': 'evil<script>' },
    })
    const absolute = await exchanged(
      serving.port,
      `GET http://evil.example/api/v1/projects HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    expect(absolute).toMatch(/^HTTP\/1\.1 4\d\d /)
    const twice = await exchanged(
      serving.port,
      `GET /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    expect(twice).toMatch(/^HTTP\/1\.1 400 /)
    const none = await exchanged(
      serving.port,
      `GET /api/v1/projects HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    expect(none).toMatch(/^HTTP\/1\.1 4\d\d /)
    await isAlive()
  }, 20_000)

  test('a token in the URL is none, and is kept nowhere', async () => {
    for (const path of [
      `/projects?token=${token}`,
      `/projects?access_token=${token}`,
      `/${token}`,
      `/projects/${token}`,
    ])
      expect([401, 404]).toContain((await serving.ask(`GET ${path}`)).status)
    await serving.ask(`POST /projects/${token}/deploy`, { raw: '{' })
    const kept = readFileSync(join(world.root, 'corpus', 'corpus.db')).toString('latin1')
    for (const text of [kept, said, JSON.stringify(await audit())]) expect(text).not.toContain(token)
  })
})

describe('bodies', () => {
  test('that are too large end before they are read, said so or in pieces', async () => {
    const large = await ask('POST /users', { raw: `{"name":"${'x'.repeat(3_000_000)}"}` })
    expect(large.status).toBe(413)
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const chunked = await exchanged(
      serving.port,
      `POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${piece.repeat(40)}`,
    )
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /)
    const headers = await exchanged(
      serving.port,
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    )
    expect(headers).toMatch(/^HTTP\/1\.1 431 /)
    expect((await audit())[0]).toMatchObject({ who: '?', outcome: expect.stringMatching(/^refused /) })
    await isAlive()
  }, 20_000)

  test('that are as deep as they are long, or say a thing often', async () => {
    const deep = await ask('PATCH /projects/x/configuration', {
      raw: `{"merge":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    })
    expect([400, 404]).toContain(deep.status)
    const below = await ask(`PATCH /projects/${shop}/configuration`, {
      raw: `${'{"data":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    expect([400, 409, 422]).toContain(below.status)
    const many = await ask(`PATCH /projects/${shop}/configuration`, {
      raw: JSON.stringify(Array.from({ length: 20_000 }, () => ({ op: 'test', path: '/keep_archives', value: 3 }))),
      headers: { 'content-type': 'application/json-patch+json' },
    })
    expect([200, 400, 409]).toContain(many.status)
    await isAlive()
  }, 60_000)

  test('that come slowly are cut off, headers as well, and hold up nobody', async () => {
    const drip = (head: string, piece: string) =>
      new Promise<void>(resolve => {
        const socket = connect(serving.port, '127.0.0.1', () => socket.write(head))
        const timer = setInterval(() => socket.write(piece), 500)
        socket.on('error', () => {})
        socket.on('close', () => {
          clearInterval(timer)
          resolve()
        })
        socket.resume()
      })
    const slow = [
      drip(
        'POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
        ' ',
      ),
      drip('GET /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n', 'X: y\r\n'),
    ]
    await isAlive()
    await Promise.all(slow)
    await isAlive()
  }, 120_000)
})

describe('one request that two would read as two', () => {
  // The one that is hidden makes a user. nginx refuses that path to everybody.
  const hidden = (name: string) => {
    const body = JSON.stringify({ name })
    return `POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }
  const head = (...lines: string[]) =>
    ['POST /api/v1/reindex HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...lines, '', ''].join(
      '\r\n',
    )
  const attacks: readonly (readonly [string, (inside: string) => string])[] = [
    [
      'CL.TE',
      inside => `${head(`Content-Length: ${5 + inside.length}`, 'Transfer-Encoding: chunked')}0\r\n\r\n${inside}`,
    ],
    [
      'TE.CL',
      inside =>
        `${head('Transfer-Encoding: chunked', 'Content-Length: 4')}${inside.length.toString(16)}\r\n${inside}\r\n0\r\n\r\n`,
    ],
    ['two lengths', inside => `${head('Content-Length: 0', `Content-Length: ${inside.length}`)}${inside}`],
    ['two lengths in one', inside => `${head(`Content-Length: 0, ${inside.length}`)}${inside}`],
    ['a length with a sign', inside => `${head(`Content-Length: +${inside.length}`)}${inside}`],
    ['a length in hexadecimal', inside => `${head('Content-Length: 0x0')}${inside}`],
    [
      'a space before the colon',
      inside => `${head('Content-Length : 0', `Content-Length: ${inside.length}`)}${inside}`,
    ],
    [
      'a coding that is folded',
      inside => `${head('Transfer-Encoding:\r\n chunked', `Content-Length: ${5 + inside.length}`)}0\r\n\r\n${inside}`,
    ],
    [
      'a header that is folded',
      inside =>
        `${head('X: a\r\n Transfer-Encoding: chunked', `Content-Length: ${5 + inside.length}`)}0\r\n\r\n${inside}`,
    ],
    [
      'a coding that is none',
      inside => `${head('Transfer-Encoding: xchunked', `Content-Length: ${5 + inside.length}`)}0\r\n\r\n${inside}`,
    ],
    [
      'two codings',
      inside =>
        `${head('Transfer-Encoding: chunked', 'Transfer-Encoding: identity', `Content-Length: ${5 + inside.length}`)}0\r\n\r\n${inside}`,
    ],
    [
      'a coding behind a tab',
      inside => `${head('Transfer-Encoding:\tchunked', `Content-Length: ${5 + inside.length}`)}0\r\n\r\n${inside}`,
    ],
    [
      'a coding behind a lone end of line',
      inside => `${head('X: a\nTransfer-Encoding: chunked', `Content-Length: ${5 + inside.length}`)}0\r\n\r\n${inside}`,
    ],
    [
      'a size that is too large',
      inside => `${head('Transfer-Encoding: chunked')}10000000000000000\r\n${inside}\r\n0\r\n\r\n`,
    ],
    [
      'a size with an extension of many lines',
      inside => `${head('Transfer-Encoding: chunked')}0;a="\n"\r\n\r\n${inside}`,
    ],
    [
      'a body of a GET',
      inside => `GET /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inside.length}\r\n\r\n${inside}`,
    ],
    [
      'an upgrade',
      inside =>
        `${head('Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABk', 'Content-Length: 0')}${inside}`,
    ],
  ]

  test.each(attacks)(
    '%s, through nginx',
    async (_, bytes) => {
      const name = uniqueName('hidden')
      await exchanged(nginx.port, bytes(hidden(name)), 700)
      // Whoever comes next on a connection that nginx kept gets an answer of its own.
      const next = await exchanged(
        nginx.port,
        'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      )
      expect(next).toMatch(/^HTTP\/1\.1 200 /)
      const users = (await ask('GET /users')).json.map((one: { name: string }) => one.name)
      expect(users).toEqual(['admin'])
      await isAlive()
    },
    20_000,
  )

  test.each(attacks.slice(0, 14).filter(([name]) => name !== 'a size that is too large'))(
    '%s, without nginx: refused, or read as one',
    async (_, bytes) => {
      const name = uniqueName('hidden')
      const answer = await exchanged(serving.port, bytes(hidden(name)), 700)
      const answers = [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => match[1])
      expect(answers).toHaveLength(1)
      expect((await ask('GET /users')).json).toHaveLength(1)
      await isAlive()
    },
    20_000,
  )
})

test('a key that is used for several things at once is for one of them', async () => {
  const headers = { 'idempotency-key': uniqueName('key') }
  const names = [1, 2, 3, 4].map(at => `same${at}`)
  const answers = await Promise.all(names.map(name => ask('POST /users', { headers, body: { name } })))
  expect(answers.filter(one => one.status === 200)).toHaveLength(1)
  expect(answers.filter(one => one.status === 409)).toHaveLength(3)
  expect((await ask('GET /users')).json).toHaveLength(2)
})

test('many that are refused fill no disk', async () => {
  const before = (await audit()).length
  for (let turn = 0; turn < 40; turn++) await serving.ask('GET /projects', { headers: { host: 'evil.example' } })
  expect((await audit()).length - before).toBeLessThanOrEqual(10)
  await isAlive()
})
