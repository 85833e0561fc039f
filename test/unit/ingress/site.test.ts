import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ingressPlace } from '../../../src/ingress/place.ts'
import { type Listening, renderSite } from '../../../src/ingress/render.ts'
import { readSite } from '../../../src/ingress/site.ts'
import { processName, projectName } from '../../../src/kernel/names.ts'

const shop = projectName('shop')
const web = processName('web')
const api = processName('api')
const read = (ingress: unknown, domains: unknown = ['shop.test']) => readSite(shop, [api, web], domains, ingress)
const listening: Listening = { address: '', httpPort: 80, httpsPort: 443, ipv6: true, http2Directive: false }
const text = (ingress: unknown, domains?: unknown) => {
  const ports = new Map([
    [web, [20001]],
    [api, [20002, 20003]],
  ])
  const target = { groups: [ports, new Map()], data: undefined } as const
  return renderSite(ingressPlace('/srv'), listening, read(ingress, domains), target, null).text
}

test('nothing said: web answers to everything, under a name of this machine', () => {
  expect(readSite(shop, [api, web], undefined, undefined)).toMatchObject({
    hosts: ['shop.localhost'],
    routes: [{ path: '/', to: 'process', process: 'web' }],
    tls: 'off',
    users: null,
  })
})

test('no process: nothing is served, unless files are asked for', () => {
  expect(readSite(shop, [], null, null).routes).toEqual([])
  expect(readSite(shop, [], ['shop.test'], { upload: '10m' }).routes).toEqual([])
  expect(readSite(shop, [], null, { static: '.' }).routes).toEqual([
    { path: '/', to: 'folder', folder: '', fallback: null },
  ])
})

test('a route of `/` takes the place of `static`, which an installer may have said', () => {
  expect(readSite(shop, [], null, { static: '.', routes: { '/': { static: 'public' } } }).routes).toEqual([
    { path: '/', to: 'folder', folder: 'public', fallback: null },
  ])
})

test('what says how the application runs is not served', () => {
  const hidden = /location ~ (\(.*) \{ return 404; \}/.exec(text({ static: '.' }))?.[1] ?? ''
  for (const path of ['/.env', '/a/.git/config', '/.salt/install.sls', '/Procfile', '/static.json', '/a/CVS/Root'])
    expect(path).toMatch(new RegExp(hidden))
  for (const path of ['/.well-known/security.txt', '/index.html', '/a/Procfile.html'])
    expect(path).not.toMatch(new RegExp(hidden))
})

test('public names get public certificates, others none, unless asked', () => {
  expect(read({}, ['example.org']).tls).toBe('acme')
  expect(read({}, ['example.org', 'x.test']).tls).toBe('off')
  expect(read({ tls: true }).tls).toBe('internal')
  expect(read({ tls: 'off' }, ['example.org']).tls).toBe('off')
})

test('sizes and times', () => {
  expect(read({ upload: '10m', timeout: 90 })).toMatchObject({ uploadBytes: 10 * 1024 * 1024, answerSeconds: 90 })
})

test.each<[unknown, RegExp]>([
  [{ directives: ['add_header X "a}b"'] }, /could end the directive/],
  [{ directives: ['gzip on; } server { listen 1'] }, /could end the directive/],
  [{ directives: ['gzip on\ninclude /etc/passwd'] }, /could end the directive/],
  [{ directives: ['include /etc/passwd'] }, /is not one of/],
  [{ directives: ['alias /etc'] }, /is not one of/],
  [{ directives: ['add_header X "open'] }, /does not end/],
  [{ directives: 'gzip on' }, /not a list/],
  [{ routes: { api: 'api' } }, /not a path/],
  [{ routes: { '/a}b': 'api' } }, /not a path/],
  [{ routes: { '/x': 'mail' } }, /no process "mail"/],
  [{ routes: { '/x': { static: '../..' } } }, /not a folder/],
  [{ routes: { '/x': { static: 'a"; }' } } }, /not a folder/],
  [{ redirects: { '/a': 'javascript:x' } }, /no address/],
  [{ redirects: { '/a': 'http://x/$evil' } }, /no address/],
  [{ redirects: { '/a': { to: '/b', status: 200 } } }, /from 301 to 308/],
  [{ trusted_proxies: ['10.0.0.0/33'] }, /neither an address/],
  [{ trusted_proxies: ['example.org'] }, /neither an address/],
  [{ trusted_proxies: ['::1/64/3'] }, /neither an address/],
  [{ trusted_proxies: ['10.0.0.1; evil'] }, /neither an address/],
  [{ routes: { '/a': { data: '..' } } }, /not a folder/],
  [{ routes: { '/a': { data: '.corpus' } } }, /not a folder/],
  [{ basic_auth: { 'a:b': 'x' } }, /not a name/],
  [{ basic_auth: { ann: '' } }, /empty/],
  [{ basic_auth: {} }, /names nobody/],
  [{ upload: -1 }, /whole number/],
  [{ timeout: 0 }, /whole number/],
  [{ tls: 'yes' }, /one of off, internal, acme/],
  [{ tls: 'acme' }, /no public CA certifies shop.test/],
  [{ colour: 'red' }, /no setting "colour"/],
])('%j is refused with its reason', (ingress, reason) => expect(() => read(ingress)).toThrow(reason))

test('whatever is not refused cannot leave its place: the blocks are the same as those of a harmless site', () => {
  const blocks = (conf: string) => conf.replace(/"[^"]*"/g, '""').replace(/[^{}]/g, '')
  const word = fc.oneof(fc.string(), fc.constantFrom('/a', 'web', 'gzip on', '} server {', '/x\n}', '"', '$x', '/b;'))
  fc.assert(
    fc.property(word, word, word, (path, redirect, directive) => {
      let conf: string
      try {
        conf = text({ routes: { [path]: 'api' }, redirects: { '/r': redirect }, directives: [directive] })
      } catch {
        return
      }
      const harmless = text({
        routes: { [path === '/' ? '/' : '/plain']: 'api' },
        redirects: { '/r': '/s' },
        directives: ['gzip on'],
      })
      const bare =
        path.endsWith('/') && path !== '/'
          ? text({ routes: { '/plain/': 'api' }, redirects: { '/r': '/s' }, directives: ['gzip on'] })
          : harmless
      expect(blocks(conf)).toBe(blocks(bare))
    }),
    { numRuns: 500 },
  )
})

test('a root that nginx cannot be told is refused', () => {
  for (const root of ['srv', '/a"b', '/a$b', '/a\nb']) expect(() => ingressPlace(root)).toThrow(/not an absolute path/)
})
