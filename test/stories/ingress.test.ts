/** Sites under a real nginx: what a project asks for is what the world gets, and a site that would not load never replaces one that does. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ingress } from '../../src/ingress/ingress.ts'
import { authorityFile } from '../../src/ingress/internal-authority.ts'
import { setMaintenance } from '../../src/ingress/maintenance.ts'
import { projectName } from '../../src/kernel/names.ts'
import type { Driver } from '../../src/services/driver.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { switchProcesses } from '../../src/services/switch.ts'
import { localShell } from '../../src/shell/local.ts'
import { ask, type EntryPoint, entryPoint, load, siteOf, targetOf } from '../support/ingress.ts'
import { node, type Room, room, wantedInstances, webTree } from '../support/services.ts'
import { eventually } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: files of two accounts can be made by root only')

const shop = projectName('shop')
let here: Room
let driver: Driver
let entry: EntryPoint
beforeEach(async () => {
  here = room()
  driver = runitDriver({ place: here.place, shell: localShell })
  entry = await entryPoint(here)
})
afterEach(() => here.end(driver))

const files = (release: string, content: Readonly<Record<string, string>>) => {
  const tree = join(here.root, 'trees', release)
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(join(tree, name, '..'), { recursive: true })
    writeFileSync(join(tree, name), text)
  }
  return tree
}
const serve = async (release: string, settings: unknown = {}, script?: string) => {
  const tree = webTree(here, release, script)
  const wanted = wantedInstances(here, release, {
    services: { web: { command: `${node} web.mjs`, health_timeout: '10s' } },
  })
  await switchProcesses(
    {
      driver,
      shell: localShell,
      moveTraffic: async to => {
        await entry.ingress.put(siteOf('shop', ['shop.test'], settings), targetOf(tree, to))
      },
    },
    shop,
    wanted,
    { drainSeconds: 5 },
  )
  return tree
}

test('a static site is served from its release, without what is hidden', async () => {
  const tree = files('r1', {
    'index.html': 'home',
    'about.html': 'about',
    'docs/index.html': 'docs',
    '.env': 'secret',
    '.git/config': 'x',
    '404.html': 'not here',
    '.well-known/x': 'known',
  })
  await entry.ingress.put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  const get = async (path: string) => {
    const { status, text } = await ask(entry, 'shop.test', path)
    return [status, text]
  }
  expect(await get('/')).toEqual([200, 'home'])
  expect(await get('/about')).toEqual([200, 'about'])
  expect(await get('/docs/')).toEqual([200, 'docs'])
  expect(await get('/.well-known/x')).toEqual([200, 'known'])
  for (const path of ['/.env', '/.git/config', '/docs/../.env', '/%2eenv', '/nothing'])
    expect(await get(path)).toEqual([404, 'not here'])
  expect((await ask(entry, 'unknown.test')).status).toBe(404)
})

test.skipIf(!isRoot)('a link in a release to a file of another account is not followed', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  symlinkSync('/etc/hostname', join(tree, 'link'))
  const account = { name: 'nobody', uid: 65534, gid: 65534, home: '/' }
  await localShell.run({ argv: ['/usr/bin/chown', '-Rh', `${account.uid}:${account.gid}`, tree] })
  await entry.ingress.put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  expect((await ask(entry, 'shop.test', '/')).text).toBe('home')
  expect((await ask(entry, 'shop.test', '/link')).status).toBe(404)
})

test('paths go to processes and to folders, and a page of one address serves all others', async () => {
  const tree = webTree(here, 'r1')
  files('r1', { 'public/a.css': 'style', 'app/index.html': 'app' })
  const services = { web: { command: `${node} web.mjs` }, api: { command: `echo api > kind; ${node} web.mjs` } }
  const wanted = wantedInstances(here, 'r1', { services })
  const outcome = await switchProcesses({ driver, shell: localShell, moveTraffic: async () => {} }, shop, wanted)
  const routes = {
    '/api': 'api',
    '/web': 'web',
    '/assets': { static: 'public' },
    '/': { static: 'app', fallback: '/index.html' },
  }
  await eventually(
    'the api answers',
    () =>
      ask({ httpPort: outcome.serving.find(one => one.process === 'api')?.address?.port ?? 0 }, 'x').then(
        () => true,
        () => false,
      ),
    20,
  )
  await entry.ingress.put(siteOf('shop', 'shop.test', { routes }, ['web', 'api']), targetOf(tree, outcome.serving))
  const get = async (path: string) => (await ask(entry, 'shop.test', path)).text
  expect([await get('/api'), await get('/api/x'), await get('/web/y')]).toEqual(['r1', 'r1', 'r1'])
  expect([await get('/assets/a.css'), await get('/apiary'), await get('/some/where')]).toEqual(['style', 'app', 'app'])
})

test('a site that nginx does not accept is never put in place, and the old one serves on', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  const before = readFileSync(join(entry.place.sites, 'shop.conf'), 'utf8')
  await expect(
    entry.ingress.put(siteOf('shop', 'shop.test', { directives: ['gzip_comp_level 99'] }, []), targetOf(tree)),
  ).rejects.toMatchObject({ code: 'INGRESS_FAILED', detail: expect.stringContaining('must be') })
  expect(readFileSync(join(entry.place.sites, 'shop.conf'), 'utf8')).toBe(before)
  expect((await ask(entry, 'shop.test')).text).toBe('home')
})

test("a broken file of a person's own fails nobody's site: it is put aside, and it is said whose it is", async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  const own = join(entry.place.sites, 'zmine.conf')
  writeFileSync(own, 'server {\n  listen 127.0.0.1:1;\n  no_such_directive on;\n}\n')
  const { notices } = await entry.ingress.put(siteOf('other', 'other.test', {}, []), targetOf(tree))
  expect(notices.join()).toMatch(/zmine\.conf is no site of a project.*no_such_directive/)
  expect([existsSync(own), existsSync(`${own}.refused`)]).toEqual([false, true])
  expect((await ask(entry, 'other.test')).text).toBe('home')
  // A fault of the site that is put stays its own, however many others there are.
  await expect(
    entry.ingress.put(siteOf('other', 'other.test', { directives: ['gzip_comp_level 99'] }, []), targetOf(tree)),
  ).rejects.toMatchObject({ code: 'INGRESS_FAILED', detail: expect.stringContaining('must be') })
  expect(readdirSync(entry.place.sites).filter(name => name.endsWith('.conf'))).toEqual(['other.conf', 'shop.conf'])
})

test('a host name belongs to one project only', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', ['shop.test', '*.shops.test'], {}, []), targetOf(tree))
  for (const name of ['SHOP.test.', 'a.shops.test', '*.shops.test'])
    await expect(entry.ingress.put(siteOf('other', [name], {}, []), targetOf(tree))).rejects.toMatchObject({
      code: 'HOST_TAKEN',
    })
  await entry.ingress.remove(shop)
  expect((await ask(entry, 'shop.test')).status).toBe(404)
  await entry.ingress.put(siteOf('other', ['shop.test'], {}, []), targetOf(tree))
  expect((await ask(entry, 'shop.test')).text).toBe('home')
})

test('the same site again is not put again', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  const site = siteOf('shop', 'shop.test', { basic_auth: { ann: 'x' } }, [])
  expect((await entry.ingress.put(site, targetOf(tree))).changed).toBe(true)
  expect((await entry.ingress.put(site, targetOf(tree))).changed).toBe(false)
})

test('killed between writing the site and telling nginx: the next time tells it', async () => {
  const tree = files('r1', { 'index.html': 'one' })
  const site = siteOf('shop', 'shop.test', {}, [])
  await entry.ingress.put(site, targetOf(tree))
  const file = join(entry.place.sites, 'shop.conf')
  writeFileSync(join(entry.place.home, 'pending'), '')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('shop.test', 'other.test'))
  expect((await entry.ingress.put(site, targetOf(tree))).changed).toBe(true)
  expect((await ask(entry, 'shop.test')).text).toBe('one')
  expect((await entry.ingress.put(site, targetOf(tree))).changed).toBe(false)
})

test('from one release of files to the next nginx is not told, and not one request fails', async () => {
  const trees = [files('r1', { 'index.html': 'one' }), files('r2', { 'index.html': 'two' })]
  const site = siteOf('shop', 'shop.test', {}, [])
  await entry.ingress.put(site, targetOf(trees[0] ?? ''))
  const conf = readFileSync(join(entry.place.sites, 'shop.conf'), 'utf8')
  const asking = load(entry, 'shop.test')
  for (let n = 1; n <= 20; n++) {
    await entry.ingress.put(site, targetOf(trees[n % 2] ?? ''))
    expect((await ask(entry, 'shop.test')).text).toBe(n % 2 === 1 ? 'two' : 'one')
  }
  const { failures, answers } = await asking.stop()
  expect([failures, [...answers.keys()].sort()]).toEqual([[], ['one', 'two']])
  expect(readFileSync(join(entry.place.sites, 'shop.conf'), 'utf8')).toBe(conf)
})

test('only those with a password come in', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', 'shop.test', { basic_auth: { ann: 'c:"$ret' } }, []), targetOf(tree))
  const as = async (pair?: string) =>
    (
      await ask(entry, 'shop.test', '/', {
        headers: pair ? { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } : {},
      })
    ).status
  expect([await as(), await as('ann:wrong'), await as('bob:c:"$ret'), await as('ann:c:"$ret')]).toEqual([
    401, 401, 401, 200,
  ])
  expect(readFileSync(join(entry.place.home, 'passwords/shop'), 'utf8')).not.toContain('$ret')
  expect(readFileSync(join(entry.place.sites, 'shop.json'), 'utf8')).not.toContain('$ret')
})

test('redirects of paths and of whole host names', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  const redirects = {
    '/old': '/new?x=1',
    'www.shop.test': 'http://shop.test',
    '/away': { to: 'https://example.org/', status: 302 },
  }
  await entry.ingress.put(siteOf('shop', 'shop.test', { redirects }, []), targetOf(tree))
  const where = async (host: string, path: string) => {
    const { status, headers } = await ask(entry, host, path)
    return [status, headers.location]
  }
  expect(await where('shop.test', '/old')).toEqual([301, '/new?x=1'])
  expect(await where('shop.test', '/away')).toEqual([302, 'https://example.org/'])
  expect(await where('www.shop.test', '/a/b?c=d')).toEqual([301, 'http://shop.test/a/b?c=d'])
})

test('a host that is led elsewhere speaks TLS as well, with its name in the certificate', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  const redirects = { 'www.shop.test': 'https://shop.test', '*.old.test': { to: 'https://shop.test', status: 308 } }
  await entry.ingress.put(siteOf('shop', 'shop.test', { tls: 'internal', redirects }, []), targetOf(tree))
  const curl = (host: string, path: string) =>
    localShell.run({
      argv: [
        ...(['/usr/bin/curl', '-sS', '--cacert', authorityFile(entry.place), '-o', '/dev/null'] as const),
        ...['-w', '%{http_code} %{redirect_url}', '--resolve', `${host}:${entry.httpsPort}:127.0.0.1`],
        `https://${host}:${entry.httpsPort}${path}`,
      ],
    })
  const told = async (host: string, path = '/a?b') => {
    const ended = await curl(host, path)
    return Buffer.from(ended.status === 0 ? ended.stdout : ended.stderr).toString()
  }
  expect(await told('www.shop.test')).toBe('301 https://shop.test/a?b')
  expect(await told('a.old.test')).toBe('308 https://shop.test/a?b')
  expect(await told('shop.test', '/')).toContain('200')
  expect(await told('other.test')).toContain('unrecognized')
  const { status, headers } = await ask(entry, 'www.shop.test', '/a?b')
  expect([status, headers.location]).toEqual([301, 'https://shop.test/a?b'])
})

test('headers of an application and of its visitors may have some KB, and underscores', async () => {
  const script = `import { createServer } from 'node:http'
    createServer({ maxHeaderSize: 100_000 }, (q, a) => {
      a.setHeader('Set-Cookie', ['a=' + 'x'.repeat(11_000), 'b=' + 'y'.repeat(3_000)])
      a.end(JSON.stringify({ cookie: q.headers.cookie?.length ?? 0, under: q.headers.with_underscore ?? null }))
    }).listen(process.env.PORT, '127.0.0.1')`
  await serve('r1', {}, script)
  const cookie = `c=${'z'.repeat(16_000)}`
  const answer = await ask(entry, 'shop.test', '/', { headers: { cookie, with_underscore: 'yes' } })
  expect([answer.status, answer.text]).toEqual([200, JSON.stringify({ cookie: cookie.length, under: 'yes' })])
  expect(answer.headers['set-cookie']?.join().length).toBeGreaterThan(14_000)
  // What a project sets itself stands, alone or with others.
  for (const directives of [
    ['proxy_buffer_size 64k'],
    ['proxy_buffers 4 4k'],
    ['proxy_buffer_size 4k', 'proxy_buffers 8 4k'],
  ]) {
    await serve('r1', { directives }, script)
    expect((await ask(entry, 'unknown.test')).status).toBe(404)
  }
})

test('front proxies that are trusted say who asks and how; others say nothing', async () => {
  const script = `import { createServer } from 'node:http'
    createServer((q, a) => a.end(JSON.stringify(q.headers))).listen(process.env.PORT, '127.0.0.1')`
  const headers = {
    'x-forwarded-for': '198.51.100.7, 203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'public.test',
  }
  const seen = async () => JSON.parse((await ask(entry, 'shop.test', '/', { headers })).text)
  await serve('r1', { trusted_proxies: ['127.0.0.0/8', '::1'] }, script)
  expect(await seen()).toMatchObject({
    'x-forwarded-for': '203.0.113.9',
    'x-real-ip': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'public.test',
  })
  // What is no word of HTTP is not handed on.
  const odd = { ...headers, 'x-forwarded-proto': 'gopher', 'x-forwarded-host': 'a b' }
  expect(JSON.parse((await ask(entry, 'shop.test', '/', { headers: odd })).text)).toMatchObject({
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.test',
  })
  await serve('r1', { trusted_proxies: '10.0.0.0/8' }, script)
  expect(await seen()).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.test',
  })
})

test('an upload that is too big is refused, one that fits comes through whole', async () => {
  const script = `import { createServer } from 'node:http'
    createServer((q, a) => { let n = 0; q.on('data', d => n += d.length); q.on('end', () => a.end(String(n))) }).listen(process.env.PORT, '127.0.0.1')`
  await serve('r1', { upload: '1m' }, script)
  const put = (bytes: number) => ask(entry, 'shop.test', '/', { method: 'POST', body: Buffer.alloc(bytes, 1) })
  expect((await put(1_000_000)).text).toBe('1000000')
  expect((await put(1_100_000)).status).toBe(413)
})

test('the application sees who asks, and cannot be told otherwise', async () => {
  const script = `import { createServer } from 'node:http'
    createServer((q, a) => a.end(JSON.stringify(q.headers))).listen(process.env.PORT, '127.0.0.1')`
  await serve('r1', {}, script)
  const headers = { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https', proxy: 'evil' }
  const seen = JSON.parse((await ask(entry, 'shop.test', '/', { headers })).text)
  expect(seen).toMatchObject({
    host: 'shop.test',
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    'x-forwarded-proto': 'http',
  })
  expect(seen.proxy).toBeUndefined()
})

test('the maintenance page comes and goes at once, and the application runs on', async () => {
  await serve('r1')
  setMaintenance(entry.place, shop, true, '<h1>closed</h1>')
  const closed = await ask(entry, 'shop.test', '/any')
  expect([closed.status, closed.text]).toEqual([503, '<h1>closed</h1>'])
  expect((await driver.list()).length).toBe(1)
  setMaintenance(entry.place, shop, false)
  expect((await ask(entry, 'shop.test')).text).toBe('r1')
})

test('an event stream arrives piece by piece, and a WebSocket both ways; both live on through a switch until the drain limit', async () => {
  const script = `import { createServer } from 'node:http'
    const server = createServer((q, a) => {
      if (q.url !== '/events') return a.end('plain')
      a.writeHead(200, { 'content-type': 'text/event-stream' }); a.write('data: first\\n\\n')
      setInterval(() => a.write('data: more\\n\\n'), 100)
    })
    server.on('upgrade', (q, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n')
      socket.on('data', d => socket.write(d)); socket.on('error', () => {})
    })
    server.listen(process.env.PORT, '127.0.0.1')
    process.on('SIGTERM', () => process.exit(0))`
  await serve('r1', {}, script)
  const talk = (path: string, header: string) => {
    const socket = connect(entry.httpPort, '127.0.0.1')
    let heard = ''
    let closed = false
    socket.on('data', piece => {
      heard += piece
    })
    socket.on('close', () => {
      closed = true
    })
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nHost: shop.test\r\n${header}\r\n\r\n`)
    return { socket, heard: () => heard, closed: () => closed }
  }
  const until = (what: string, done: () => boolean) => eventually(what, done, 20)
  const events = talk('/events', 'Accept: text/event-stream')
  await until('the first event', () => events.heard().includes('data: first'))
  const both = talk('/socket', 'Connection: Upgrade\r\nUpgrade: websocket')
  await until('the upgrade', () => both.heard().includes('101 Switching'))
  both.socket.write('hello')
  await until('the echo', () => both.heard().endsWith('hello'))
  const switching = serve('r2')
  await until('the new release serves', () => existsSync(join(here.root, 'trees/r2')))
  await eventually('r2 serves', async () => (await ask(entry, 'shop.test')).text === 'r2', 20)
  both.socket.write(' again')
  await until('the echo during the drain', () => both.heard().endsWith('hello again'))
  expect([events.closed(), both.closed()]).toEqual([false, false])
  await switching
  await until('both are closed after the drain limit', () => events.closed() && both.closed())
})

test('a name of this machine has a certificate of its own CA, speaks HTTP/2, and leads there from HTTP', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', ['shop.test', 'www.shop.test'], { tls: 'internal' }, []), targetOf(tree))
  const moved = await ask(entry, 'shop.test', '/a?b')
  expect([moved.status, moved.headers.location]).toEqual([308, `https://shop.test:${entry.httpsPort}/a?b`])
  const curl = async (name: string, ...more: string[]) => {
    const to = ['--resolve', `${name}:${entry.httpsPort}:127.0.0.1`, `https://${name}:${entry.httpsPort}/`]
    const argv: [`/${string}`, ...string[]] = [
      '/usr/bin/curl',
      '-sS',
      '--noproxy',
      '*',
      '--cacert',
      authorityFile(entry.place),
      '-w',
      ' %{http_version}',
      ...more,
      ...to,
    ]
    const ended = await localShell.run({ argv })
    return Buffer.from(ended.stdout).toString()
  }
  expect(await curl('shop.test')).toBe('home 2')
  expect(await curl('www.shop.test', '--http1.1')).toBe('home 1.1')
  const certificate = join(entry.place.home, 'certificates/shop/internal/site.crt')
  const first = readFileSync(certificate, 'utf8')
  await entry.ingress.put(siteOf('shop', ['shop.test'], { tls: 'internal' }, []), targetOf(tree))
  expect(readFileSync(certificate, 'utf8')).toBe(first)
  await entry.ingress.put(siteOf('shop', ['shop.test', 'new.shop.test'], { tls: 'internal' }, []), targetOf(tree))
  expect(await curl('new.shop.test')).toBe('home 2')
})

test('a certificate that ends soon is renewed, and nginx serves the new one', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', ['shop.test'], { tls: 'internal' }, []), targetOf(tree))
  const folder = join(entry.place.home, 'certificates/shop/internal')
  const short = ['-days', '5', '-key', join(folder, 'site.key'), '-out', join(folder, 'site.crt')]
  await localShell.run({
    argv: [
      '/usr/bin/openssl',
      'req',
      '-x509',
      '-new',
      '-subj',
      '/O=short',
      '-addext',
      'subjectAltName=DNS:shop.test',
      ...short,
    ],
  })
  expect(await entry.ingress.renew()).toEqual(['shop has a new certificate.'])
  expect(await entry.ingress.renew()).toEqual([])
  const url = `https://shop.test:${entry.httpsPort}/`
  const argv = [
    '/usr/bin/curl',
    '-sS',
    '--noproxy',
    '*',
    '--cacert',
    authorityFile(entry.place),
    '--resolve',
    `shop.test:${entry.httpsPort}:127.0.0.1`,
    url,
  ] as const
  expect(Buffer.from((await localShell.run({ argv })).stdout).toString()).toBe('home')
})

test('nginx does not run when a deployment comes: it is started, and it is said', async () => {
  const { keep: _, ...alone } = entry.settings
  const lonely = ingress(alone)
  const tree = files('r1', { 'index.html': 'home' })
  const site = siteOf('shop', 'shop.test', {}, [])
  expect((await lonely.put(site, targetOf(tree))).notices).toEqual([expect.stringContaining('nginx did not run')])
  const master = Number(readFileSync(join(entry.place.home, 'nginx.pid'), 'utf8'))
  process.kill(master, 'SIGQUIT')
  await eventually('nginx ends', () => !existsSync(`/proc/${master}/exe`), 20)
  expect((await lonely.put(site, targetOf(tree))).notices).toEqual([expect.stringContaining('nginx did not run')])
  expect((await ask(entry, 'shop.test')).text).toBe('home')
})

test('another program has the port: nginx cannot start, it is said, and nothing is left behind', async () => {
  const { keep: _, ...alone } = entry.settings
  const squatter = createServer().listen(entry.httpPort, '127.0.0.1')
  const tree = files('r1', { 'index.html': 'home' })
  const put = ingress(alone).put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  await expect(put).rejects.toMatchObject({
    code: 'INGRESS_FAILED',
    detail: expect.stringContaining('Address already in use'),
  })
  expect(existsSync(join(entry.place.sites, 'shop.conf'))).toBe(false)
  squatter.close()
})

test('a site is lost: it is put back, and it is said', async () => {
  const tree = files('r1', { 'index.html': 'home' })
  await entry.ingress.put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  expect(await entry.ingress.ensure()).toEqual([])
  rmSync(join(entry.place.sites, 'shop.conf'))
  expect(await entry.ingress.ensure()).toEqual([expect.stringContaining('site of shop was missing')])
  expect((await ask(entry, 'shop.test')).text).toBe('home')
})

test.skipIf(!isRoot)("the system's nginx gets one file that includes the sites, and keeps its own", async () => {
  const folder = join(here.root, 'nginx')
  await localShell.run({ argv: ['/usr/bin/cp', '-r', '/etc/nginx', folder] })
  rmSync(join(folder, 'sites-enabled/default'), { force: true })
  const main = join(folder, 'nginx.conf')
  const text = readFileSync(main, 'utf8').replaceAll('/etc/nginx', folder).replaceAll('/var/log/nginx', here.root)
  // "corpus/ingress/nginx.pid" is where the test looks for what it has to end.
  mkdirSync(entry.place.home, { recursive: true })
  writeFileSync(main, text.replace('/run/nginx.pid', join(entry.place.home, 'nginx.pid')))
  writeFileSync(
    join(folder, 'conf.d/theirs.conf'),
    `server { listen 127.0.0.1:${entry.httpPort}; server_name theirs.test; location / { return 200 theirs; } }`,
  )
  const system = ingress({ ...entry.settings, mode: 'system', systemFolder: folder })
  const tree = files('r1', { 'index.html': 'home' })
  await system.put(siteOf('shop', 'shop.test', {}, []), targetOf(tree))
  expect((await ask(entry, 'shop.test')).text).toBe('home')
  expect((await ask(entry, 'theirs.test')).text).toBe('theirs')
  await expect(
    system.put(siteOf('shop', 'shop.test', { directives: ['gzip_comp_level 99'] }, []), targetOf(tree)),
  ).rejects.toMatchObject({ code: 'INGRESS_FAILED' })
  await system.put(siteOf('other', 'other.test', {}, []), targetOf(tree))
  expect([(await ask(entry, 'shop.test')).text, (await ask(entry, 'other.test')).text]).toEqual(['home', 'home'])
  await system.remove(shop)
  expect((await ask(entry, 'shop.test')).status).toBe(404)
  expect(readdirSync(folder).filter(name => name.startsWith('.corpus'))).toEqual([])
})
