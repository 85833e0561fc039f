/** The client against a socket that answers like an engine: what a real one does is in the stories. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { header, registryOf } from '../../../src/containers/credentials.ts'
import { engineAt } from '../../../src/containers/engine.ts'
import { frameReader } from '../../../src/containers/frames.ts'
import { pruneImages } from '../../../src/containers/image.ts'
import { createBody } from '../../../src/containers/spec.ts'

let top: string
let server: Server
let asked: IncomingMessage[]
let answer: (request: IncomingMessage, response: ServerResponse) => void
const socket = () => join(top, 'engine.sock')
beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), 'corpus-fake-engine-'))
  asked = []
  server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(socket(), resolve))
})
afterEach(async () => {
  await new Promise(resolve => server.close(resolve))
  rmSync(top, { recursive: true, force: true })
})

test('a pull names one tag, gives its credentials and says how it goes', async () => {
  answer = (_, response) =>
    response.end(
      '{"status":"Pulling","id":"a1"}\n{"status":"Downloading","progress":"[=> ]","id":"a1"}\n{"status":"Done"}\n',
    )
  const said: string[] = []
  await engineAt(socket()).pull('example.org/shop', header({ username: 'ann' }), text => said.push(text))
  expect(asked[0]?.url).toBe('/images/create?fromImage=example.org%2Fshop%3Alatest')
  const sent = String(asked[0]?.headers['x-registry-auth'])
  expect(JSON.parse(Buffer.from(sent, 'base64url').toString())).toEqual({ username: 'ann' })
  expect(said).toEqual(['a1: Pulling\n', 'Done\n'])
})

test.each(['shop:2', 'example.org:5000/shop@sha256:00', 'shop@sha256:00'])('%s is pulled as it is', async image => {
  answer = (_, response) => response.end()
  await engineAt(socket()).pull(image, null, () => {})
  expect(new URL(asked[0]?.url ?? '', 'http://x').searchParams.get('fromImage')).toBe(image)
})

test('an error in the middle of an answer that began well is an error', async () => {
  answer = (_, response) => response.end('{"status":"Pulling"}\n{"errorDetail":{},"error":"manifest unknown"}\n')
  const pulled = engineAt(socket()).pull('shop:9', null, () => {})
  await expect(pulled).rejects.toMatchObject({
    code: 'IMAGE_FAILED',
    message: expect.stringContaining('manifest unknown.'),
  })
})

test('what the engine refuses is said in its own words', async () => {
  answer = (_, response) => response.writeHead(409).end('{"message":"the name is taken"}')
  const made = engineAt(socket()).create('x', {})
  await expect(made).rejects.toMatchObject({
    code: 'ENGINE_REFUSED',
    message: expect.stringContaining('the name is taken.'),
  })
})

test('a container that is gone needs no removing', async () => {
  answer = (_, response) => response.writeHead(404).end('{"message":"no such container"}')
  await engineAt(socket()).remove('x')
  expect(asked[0]?.method).toBe('DELETE')
})

test('images of releases that are gone are removed, but not the one that runs', async () => {
  answer = (request, response) =>
    response.end(
      request.method === 'GET'
        ? '[{"RepoTags":["a/shop:gone","a/shop:kept","a/shop:editable"]},{"RepoTags":null}]'
        : '[]',
    )
  mkdirSync(join(top, 'kept'))
  await pruneImages(engineAt(socket()), { repository: 'a/shop', tag: 'editable' }, top)
  expect(asked.map(one => [one.method, one.url]).slice(1)).toEqual([['DELETE', '/images/a%2Fshop%3Agone']])
})

test('where nothing listens there is no engine', async () => {
  await expect(engineAt(join(top, 'none')).version()).rejects.toMatchObject({ code: 'ENGINE_MISSING' })
})

test('frames are told apart however the pieces are cut', () => {
  const frame = (stream: number, text: string) =>
    Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])
  const all = Buffer.concat([frame(1, 'hello\n'), frame(2, 'oh\n'), frame(1, ''), frame(1, 'bye')])
  for (let size = 1; size <= all.length; size++) {
    const found = { stdout: '', stderr: '' }
    const read = frameReader((text, stream) => {
      found[stream] += Buffer.from(text).toString()
    })
    for (let at = 0; at < all.length; at += size) read(all.subarray(at, at + size))
    expect(found).toEqual({ stdout: 'hello\nbye', stderr: 'oh\n' })
  }
})

test.each([
  ['nginx', 'https://index.docker.io/v1/'],
  ['library/nginx:1', 'https://index.docker.io/v1/'],
  ['ghcr.io/ann/shop', 'ghcr.io'],
  ['localhost:5000/shop', 'localhost:5000'],
  ['localhost/shop', 'localhost'],
])('%s comes from %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry)
})

const spec = {
  engine: '/x',
  image: 'shop:1',
  root: '/srv',
  project: 'shop',
  environment: { SECRET: 'x', PORT: '1' },
  port: 8080,
  memoryBytes: null,
  cpus: 0.5,
  stopGraceSeconds: 10,
}

test('on a bridge the port is published on loopback alone', () => {
  expect(createBody({ ...spec, network: 'bridge' }, 20_001, 'i', 'k')).toMatchObject({
    Env: ['SECRET=x', 'PORT=8080', 'HOST=0.0.0.0', 'CORPUS_INSTANCE=i'],
    HostConfig: {
      NetworkMode: 'bridge',
      NanoCpus: 500_000_000,
      PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '20001' }] },
    },
  })
})

test('on the network of the machine the application gets the port itself, and listens on loopback', () => {
  const body = createBody({ ...spec, network: 'host' }, 20_001, 'i', 'k')
  expect(body).toMatchObject({ Env: ['SECRET=x', 'PORT=20001', 'HOST=127.0.0.1', 'CORPUS_INSTANCE=i'] })
  expect(JSON.stringify(body)).not.toContain('PortBindings')
})
