/** `corpus serve` behind an nginx of the test's own: its site, with TLS, unbuffered. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putServeSite, removeServeSite } from '../../src/controller/serve-site.ts'
import { localShell } from '../../src/shell/local.ts'
import { type Serving, serve } from '../support/serve.ts'
import { home, makeWorld, type World } from '../support/world.ts'

const host = 'deploy.test'
let world: World
let serving: Serving
const asked = () => ({ root: world.root, shell: localShell, home })

beforeAll(async () => {
  world = makeWorld()
  await world.must('user', 'add', 'ann', '--admin')
  serving = await serve(world, '--domain', host)
}, 60_000)
afterAll(async () => {
  await removeServeSite(asked()).catch(() => {})
  await serving?.end()
  await world?.dispose()
  // Whoever else serves at this moment has it still, and keeps it.
})

test('nginx leads its name to it, by HTTPS, and keeps nothing on the way', async () => {
  const { token } = await world.json<{ token: string }>('token', 'create', 'ann')
  const said = await putServeSite(asked(), [host], `127.0.0.1:${serving.port}`)
  const url = /https:\/\/deploy\.test(:\d+)?/.exec(said.join(' '))?.[0] ?? ''
  const port = url.split(':')[2] ?? '443'
  const curl = (...words: string[]) =>
    execFileSync('curl', ['-s', '-k', '--resolve', `${host}:${port}:127.0.0.1`, ...words], { encoding: 'utf8' })
  expect(JSON.parse(curl('-H', `Authorization: Bearer ${token}`, `https://${host}:${port}/api/v1/projects`))).toEqual(
    [],
  )
  const site = readFileSync(join(world.root, 'corpus/ingress/sites/corpus-serve.conf'), 'utf8')
  for (const line of ['proxy_request_buffering off;', 'proxy_buffering off;', 'client_max_body_size 0;'])
    expect(site).toContain(line)
  // Who asks is told by nginx, and by nobody in front of it.
  curl('-H', 'X-Forwarded-For: 192.0.2.1', '-u', 'ann:wrong', `https://${host}:${port}/api/v1/projects`)
  const [line] = await world.json<{ from: string }[]>('audit')
  expect(line).toMatchObject({ from: 'http 127.0.0.1' })
  expect(await removeServeSite(asked())).toHaveLength(1)
  expect(existsSync(join(world.root, 'corpus/ingress/sites/corpus-serve.conf'))).toBe(false)
}, 60_000)

test('what others than this machine reach is no upstream', async () => {
  expect((await putServeSite(asked(), [host], '0.0.0.0:2718')).join()).toContain('is not put in front')
})
