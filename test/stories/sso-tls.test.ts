/** A browser that reaches corpus serve through a real nginx with TLS: what its cookie is, and what is not looked at. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browser } from '../support/browser.ts'
import { type Certificate, makeCertificate } from '../support/ldap.ts'
import { freePort, listening } from '../support/ports.ts'
import { type Serving, serve } from '../support/serve.ts'
import { corpusCommand, makeWorld, type World } from '../support/world.ts'

let world: World
let serving: Serving
let nginx: ChildProcess
let certificate: Certificate
let own: string

beforeAll(async () => {
  world = makeWorld()
  const add = [corpusCommand, 'user', 'add', 'ann', '--admin', '--password-stdin']
  expect((await world.run(add, { input: 'correct horse' })).status).toBe(0)
  serving = await serve(world, '--domain', 'deploy.example.org')
  const folder = join(world.scratch, 'nginx')
  mkdirSync(folder)
  certificate = makeCertificate(folder)
  const port = await freePort()
  own = `https://localhost:${port}`
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    one => `${one}_temp_path ${folder}/${one};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events {}
http { access_log off; ${temporary.join(' ')}
server { listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};
  location / { proxy_pass http://127.0.0.1:${serving.port}; proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; } } }\n`,
  )
  const words = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]
  nginx = spawn('/usr/sbin/nginx', words, { stdio: 'ignore' })
  await listening(port)
})
afterAll(async () => {
  nginx?.kill('SIGTERM')
  await serving?.end()
  await world?.dispose()
})

const login = { method: 'POST', body: { user: 'ann', password: 'correct horse' } }

test('the cookie is one that this host alone can set, by TLS, and no page can read', async () => {
  const who = browser(certificate.ca)
  const page = await who.go(`${own}/auth/login`, { ...login, headers: { origin: own, 'x-forwarded-proto': 'http' } })
  expect(page.cookies[0]).toMatch(/^__Host-corpus-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  const add = { method: 'POST', body: { name: 'bob' }, headers: { origin: own } }
  expect((await who.go(`${own}/api/v1/users`, add)).json.error.code).toBe('CSRF_REFUSED')
  const headers = { ...add.headers, 'x-csrf-token': page.json.csrf }
  expect((await who.go(`${own}/api/v1/users`, { ...add, headers })).status).toBe(200)
  expect((await who.go(`${own}/auth/logout`, { method: 'POST', headers })).cookies[0]).toMatch(
    /^__Host-corpus-session=; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=0$/,
  )
})

test('what another host of the domain can set is not looked at, and what was set without TLS neither', async () => {
  const plain = browser()
  const at = `http://127.0.0.1:${serving.port}`
  await plain.go(`${at}/auth/login`, login)
  const text = plain.jar(at).get('corpus-session') ?? ''
  expect((await plain.go(`${at}/auth/me`)).status).toBe(200)
  const tossed = browser(certificate.ca)
  tossed.jar(own).set('corpus-session', text)
  expect((await tossed.go(`${own}/auth/me`)).status).toBe(401)
})

test('by its domain it is asked with TLS, whether a proxy says so or not', async () => {
  const page = await browser().go(`http://127.0.0.1:${serving.port}/auth/login`, {
    ...login,
    headers: { host: 'deploy.example.org' },
  })
  expect(page.cookies[0]).toMatch(/^__Host-corpus-session=.*; Secure$/)
})
