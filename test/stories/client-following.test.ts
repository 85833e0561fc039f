/** Whoever asks from elsewhere loses connections, leaves and comes back; what is asked for goes on, and is done once. */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createProxy } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import {
  type Clone,
  corpusCommand,
  type Ended,
  eventually,
  makeWorld,
  uniqueName,
  type World,
} from '../support/world.ts'

let world: World
let serving: Serving
let clone: Clone
const name = uniqueName('far')
let token = ''
const closing: (() => unknown)[] = []
/** The build of the project waits for it. */
let gate = ''

beforeAll(async () => {
  world = makeWorld()
  gate = join(world.scratch, 'gate')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'procfile')
  await world.must('user', 'add', 'ann', '--admin')
  token = (await world.json<{ token: string }>('token', 'create', 'ann')).token
  serving = await serve(world)
  await logIn('far', serving.port)
  writeFileSync(gate, '')
  clone = await world.clone(name, {
    Procfile: 'job: i=0; while :; do i=$((i+1)); echo line $i; sleep 0.2; done\n',
    '.salt/configure.sls': 'told:\n  test.succeed_with_changes: []\n',
    '.salt/build.sls': `slow:\n  cmd.run:\n    - name: 'until [ -e ${gate} ]; do sleep 0.1; done'\n`,
  })
  expect((await clone.push()).status).toBe(0)
}, 120_000)
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const logIn = async (environment: string, port: number, scheme = 'http') =>
  expect(
    await world.run([corpusCommand, 'login', environment, `${scheme}://127.0.0.1:${port}`, '--token-stdin'], {
      input: token,
    }),
  ).toMatchObject({ status: 0 })

/** Starts a command, and says what it has printed until now. */
function begin(...words: string[]) {
  const child = spawn(corpusCommand, words, { env: world.env, cwd: world.scratch, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', piece => {
    said.stdout += String(piece)
  })
  child.stderr.on('data', piece => {
    said.stderr += String(piece)
  })
  const ended = new Promise<Ended>(resolve => child.on('close', status => resolve({ status: status ?? 128, ...said })))
  return { said, ended, interrupt: () => child.kill('SIGINT') }
}

async function serveAgain(): Promise<void> {
  const { port } = serving
  await serving.end('SIGKILL')
  serving = await eventually('the port is free', () => serve(world, '--listen', `127.0.0.1:${port}`).catch(() => null))
}

interface Job {
  readonly id: string
  readonly state: string
  readonly request: string
}
const newest = async () => (await world.json<Job[]>('-e', 'far', 'jobs', '--project', name))[0] as Job

describe('a deployment that is followed', () => {
  test('goes on where it was when the server was killed in the middle, and ends as the deployment does', async () => {
    rmSync(gate)
    const { said, ended } = begin('-e', 'far', 'deploy', name)
    await eventually('it is under way', () => said.stdout.includes('told: Success!'))
    await serveAgain()
    writeFileSync(gate, '')
    expect(await ended).toEqual({
      status: 0,
      stderr: '',
      stdout: (await world.must('logs', name)).stdout,
    })
    expect(said.stdout).toMatch(/^success: {2}deployed in /m)
    expect(await newest()).toMatchObject({ request: 'deploy', state: 'succeeded' })
  }, 120_000)

  test('is left by Ctrl-C, goes on, and is followed and cancelled by its id', async () => {
    rmSync(gate)
    const { said, ended, interrupt } = begin('-e', 'far', 'deploy', name)
    await eventually('it is under way', () => said.stdout.includes('told: Success!'))
    const { id } = await newest()
    interrupt()
    const left = await ended
    expect([left.status, left.stderr]).toEqual([1, expect.stringContaining('(FOLLOWER_LEFT)')])
    expect(left.stderr).toContain(`corpus -e far jobs --follow ${id}`)
    expect(left.stderr).toContain(`corpus -e far job cancel ${id}`)
    expect(await newest()).toMatchObject({ id, state: 'running' })
    const [away, here] = [begin('-e', 'far', 'jobs', '--follow', id), begin('jobs', '--follow', id)]
    await eventually('both follow', () => [away, here].every(one => one.said.stdout.includes('told: Success!')))
    await world.must('-e', 'far', 'job', 'cancel', id)
    const [there, local] = await Promise.all([away.ended, here.ended])
    expect(there).toEqual(local)
    expect(there).toMatchObject({ status: 1, stderr: '' })
    await expect.poll(async () => (await newest()).state, { timeout: 10_000 }).toBe('cancelled')
    writeFileSync(gate, '')
  }, 120_000)

  test('may be a push, which is a job like any other: listed, followed and cancelled', async () => {
    rmSync(gate)
    await clone.commit({ 'more.txt': 'more\n' })
    const push = clone.push()
    await eventually('the push is a job', async () => {
      const job = await newest()
      return job.request === 'push' && job.state === 'running'
    })
    const { id } = await newest()
    const away = begin('-e', 'far', 'jobs', '--follow', id)
    await eventually('it is followed', () => away.said.stdout.includes('told: Success!'))
    await world.must('-e', 'far', 'job', 'cancel', id)
    expect((await push).status).not.toBe(0)
    expect(await away.ended).toMatchObject({ status: 1, stderr: '' })
    expect(await newest()).toMatchObject({ id, state: 'cancelled' })
    const again = await world.corpus('-e', 'far', 'job', 'cancel', id)
    expect([again.status, again.stderr]).toEqual([3, expect.stringContaining('(JOB_ENDED)')])
    const events = await world.json<{ events: { offset: number; event: { type: string } }[]; ended: boolean }>(
      ...['-e', 'far', 'job', 'events', id],
    )
    expect(events.ended).toBe(true)
    expect(events.events.map(one => one.offset)).toEqual(events.events.map((_, at) => at))
    expect(events.events.map(one => one.event.type)).toContain('ended')
    writeFileSync(gate, '')
  }, 120_000)
})

test('lines of an application are told once each, also across a server that was killed, until one leaves', async () => {
  const { said, ended, interrupt } = begin('-e', 'far', 'logs', name, '--app', '--follow', '--lines', '5')
  const numbers = () => [...said.stdout.matchAll(/line (\d+)/g)].map(match => Number(match[1]))
  await eventually('lines come', () => numbers().length > 8)
  const before = numbers().length
  await serveAgain()
  await eventually('lines come again', () => numbers().length > before + 5)
  interrupt()
  expect(await ended).toMatchObject({ status: 0, stderr: '' })
  const all = numbers()
  expect(new Set(all).size).toBe(all.length)
}, 60_000)

test('a change whose answer was lost on the way is asked once more, and done once', async () => {
  let connections = 0
  const proxy = createProxy(client => {
    const isFirst = connections++ === 0
    const server = connect(serving.port, '127.0.0.1')
    for (const socket of [client, server]) socket.on('error', () => {})
    client.pipe(server)
    // It was heard, and done; what it says never comes.
    if (isFirst) server.once('data', () => client.destroy())
    else server.pipe(client)
    client.on('close', () => server.destroy())
  })
  const port = await listening(proxy)
  closing.push(() => proxy.close())
  writeFileSync(
    join(world.scratch, '.makinastates.conf'),
    `${conf()}lossy:\n  url: http://127.0.0.1:${port}\n  token: ${token}\n`,
  )
  const person = uniqueName('once')
  const { status, stdout } = await world.corpus('-e', 'lossy', 'user', 'add', person)
  expect([status, stdout, connections]).toEqual([0, expect.stringContaining(`${person} may nothing yet`), 2])
}, 30_000)

const conf = () => readFileSync(join(world.scratch, '.makinastates.conf'), 'utf8')

async function listening(server: {
  listen(port: number, host: string, done: () => void): unknown
  address(): unknown
}) {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function answering(handler: Parameters<typeof createServer>[1], made?: Server): Promise<number> {
  const server = made ?? createServer(handler as never)
  const port = await listening(server)
  closing.push(() => server.close())
  return port
}

describe('what cannot be asked is told with its reason', () => {
  const ask = async (url: string) => {
    const file = join(world.scratch, '.makinastates.conf')
    const kept = conf()
    try {
      writeFileSync(file, `${kept}odd:\n  url: ${url}\n  token: ${token}\n`)
      return await world.corpus('-e', 'odd', 'list')
    } finally {
      writeFileSync(file, kept)
    }
  }

  test('nobody listens, or there is no such host', async () => {
    const port = await answering((_, response) => void response.end())
    for (const close of closing.splice(0)) await close()
    const refused = await ask(`http://127.0.0.1:${port}`)
    expect([refused.status, refused.stderr]).toEqual([6, expect.stringMatching(/SERVER_UNREACHABLE[\s\S]*was refused/)])
    const unknown = await ask('http://nowhere.invalid')
    expect([unknown.status, unknown.stderr]).toEqual([6, expect.stringContaining('(SERVER_UNREACHABLE)')])
  }, 30_000)

  test('what answers is no corpus, leads elsewhere, stands before one that is gone, or is another version', async () => {
    const say = (status: number, headers: Record<string, string>, body: string) =>
      answering((_, response) => void response.writeHead(status, headers).end(body))
    const html = { 'content-type': 'text/html' }
    const strange = await ask(`http://127.0.0.1:${await say(404, html, '<h1>Not Found</h1>')}`)
    expect([strange.status, strange.stderr]).toEqual([6, expect.stringMatching(/is no corpus.*SERVER_STRANGE/)])
    const fine = await ask(`http://127.0.0.1:${await say(200, html, '<h1>Log in</h1>')}`)
    expect([fine.status, fine.stderr]).toEqual([6, expect.stringContaining('(SERVER_STRANGE)')])
    const moved = await ask(`http://127.0.0.1:${await say(301, { location: 'https://else.example/' }, '')}`)
    expect([moved.status, moved.stderr]).toEqual([6, expect.stringContaining('https://else.example/')])
    const gone = await ask(`http://127.0.0.1:${await say(502, html, '<h1>Bad Gateway</h1>')}`)
    expect([gone.status, gone.stderr]).toEqual([6, expect.stringContaining('(SERVER_UNREACHABLE)')])
    const error = { error: { code: 'ROUTE_UNKNOWN', message: 'No.', detail: null, way_out: 'None.', request_id: 'x' } }
    const json = { 'content-type': 'application/json', 'corpus-version': '99.0.0' }
    const other = await ask(`http://127.0.0.1:${await say(404, json, JSON.stringify(error))}`)
    expect([other.status, other.stderr]).toEqual([6, expect.stringMatching(/corpus 99\.0\.0.*SERVER_OTHER_VERSION/)])
    const later = { error: { ...error.error, code: 'NEVER_HEARD_OF', message: 'Another reason.' } }
    const newer = await ask(`http://127.0.0.1:${await say(409, json, JSON.stringify(later))}`)
    expect([newer.status, newer.stderr]).toEqual([3, expect.stringContaining('Another reason. (NEVER_HEARD_OF)')])
  }, 30_000)

  test('its certificate is none that counts, or it speaks no TLS', async () => {
    const [key, cert] = [join(world.scratch, 'key.pem'), join(world.scratch, 'cert.pem')]
    const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const where = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]
    expect((await world.run(['openssl', 'req', ...made, ...where])).status).toBe(0)
    const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      const asked = connectTo(serving.port, request.method ?? '', request.url ?? '', request.headers)
      void asked.then(({ status, headers, text }) => response.writeHead(status, headers).end(text))
    })
    const url = `https://127.0.0.1:${await answering(() => {}, tls as unknown as Server)}`
    const untrusted = await ask(url)
    expect([untrusted.status, untrusted.stderr]).toEqual([6, expect.stringContaining('(SERVER_UNTRUSTED)')])
    world.env['NODE_EXTRA_CA_CERTS'] = cert
    expect(await ask(url)).toMatchObject({ status: 0, stdout: expect.stringContaining(name) })
    delete world.env['NODE_EXTRA_CA_CERTS']
    const plain = await ask(`https://127.0.0.1:${serving.port}`)
    expect([plain.status, plain.stderr]).toEqual([6, expect.stringContaining('(SERVER_STRANGE)')])
  }, 30_000)

  test('the token counts no more', async () => {
    const kept = conf()
    writeFileSync(join(world.scratch, '.makinastates.conf'), kept.replaceAll(token, `${token.slice(0, -1)}!`))
    const { status, stderr } = await world.corpus('-e', 'far', 'list')
    expect([status, stderr]).toEqual([3, expect.stringMatching(/CREDENTIAL_REFUSED[\s\S]*corpus login far http/)])
    writeFileSync(join(world.scratch, '.makinastates.conf'), kept)
    expect((await world.corpus('-e', 'nobody', 'list')).stderr).toContain('(SERVER_UNKNOWN)')
  })
})

async function connectTo(port: number, method: string, path: string, headers: NodeJS.Dict<string | string[]>) {
  const { authorization = '' } = headers
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: String(authorization) },
  })
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
}
