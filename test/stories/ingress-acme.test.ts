/** Certificates of a public CA: certbot against a local ACME server (pebble), which really fetches the challenge through our nginx. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acmeFiles, hasAcmeCertificate } from '../../src/ingress/acme.ts'
import { hostName } from '../../src/ingress/hosts.ts'
import { authorityFile, internalCertificate } from '../../src/ingress/internal-authority.ts'
import { ingressPlace } from '../../src/ingress/place.ts'
import { projectName } from '../../src/kernel/names.ts'
import { eventually } from '../../src/services/waiting.ts'
import { localShell } from '../../src/shell/local.ts'
import { ask, type EntryPoint, entryPoint, freePorts, siteOf, targetOf } from '../support/ingress.ts'
import { type Room, room } from '../support/services.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const isThere = ['pebble', 'pebble-challtestsrv', 'certbot'].every(name => existsSync(`/usr/bin/${name}`))
if (!isThere) console.warn('skipped: the Debian packages pebble and certbot are not installed')

let here: Room
let entry: EntryPoint
let stop: AbortController
beforeEach(async () => {
  here = room()
  stop = new AbortController()
  entry = await entryPoint(here, { allowAcme: true })
})
afterEach(async () => {
  stop.abort()
  await here.end()
})

/** Starts the CA; returns the settings that let certbot use it. */
const startAuthority = async (web: Pick<EntryPoint, 'httpPort' | 'httpsPort'> = entry) => {
  const [api = 0, management = 0, dns = 0, dnsManagement = 0] = await freePorts(4)
  const own = ingressPlace(join(here.root, 'authority'))
  mkdirSync(own.home, { recursive: true })
  const files = await internalCertificate(own, localShell, projectName('pebble'), [hostName('127.0.0.1')])
  const configuration = {
    pebble: {
      listenAddress: `127.0.0.1:${api}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: files.certificateFile,
      privateKey: files.keyFile,
      httpPort: web.httpPort,
      tlsPort: web.httpsPort,
    },
  }
  const file = join(here.root, 'pebble.json')
  writeFileSync(file, JSON.stringify(configuration))
  const env = {
    PATH: '/usr/bin:/bin',
    PEBBLE_VA_NOSLEEP: '1',
    PEBBLE_WFE_NONCEREJECT: '0',
    CORPUS_TEST_ROOT: here.root,
  }
  const names = ['-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-dns01', `127.0.0.1:${dns}`]
  const nothing = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-management', `127.0.0.1:${dnsManagement}`]
  void localShell.run({ argv: ['/usr/bin/pebble-challtestsrv', ...names, ...nothing], env, signal: stop.signal })
  void localShell.run({
    argv: ['/usr/bin/pebble', '-config', file, '-dnsserver', `127.0.0.1:${dns}`],
    env,
    signal: stop.signal,
  })
  const server = `https://127.0.0.1:${api}/dir`
  const reach = async () =>
    (await localShell.run({ argv: ['/usr/bin/curl', '-sk', '--noproxy', '*', '-o', '/dev/null', server] })).status === 0
  await eventually(reach, { limitSeconds: 20, pauseMilliseconds: 100 }, () => new Error('the CA does not answer'))
  return { server, trustedFile: authorityFile(own) }
}

test.skipIf(!isThere)(
  'a public name gets a certificate of the public CA, HTTP leads to HTTPS from then on, and another name gets another certificate',
  async () => {
    const acme = await startAuthority()
    const tree = join(here.root, 'trees/r1')
    mkdirSync(tree, { recursive: true })
    writeFileSync(join(tree, 'index.html'), 'home')
    const withAcme = await entryPoint(here, {
      acme,
      allowAcme: true,
      httpPort: entry.httpPort,
      httpsPort: entry.httpsPort,
    })
    const site = siteOf('shop', ['shop.example.org', 'www.shop.example.org'], {}, [])
    const outcome = await withAcme.ingress.put(site, targetOf(tree))
    expect(outcome.notices.filter(one => one.includes('certificate'))).toEqual([
      'shop.example.org, www.shop.example.org has a public certificate: HTTP leads to HTTPS from now on',
    ])
    expect((await ask(withAcme, 'shop.example.org')).status).toBe(308)
    const issuer = await localShell.run({
      argv: [
        '/usr/bin/openssl',
        'x509',
        '-noout',
        '-issuer',
        '-in',
        acmeFiles(withAcme.place, site.project).certificateFile,
      ],
    })
    expect(Buffer.from(issuer.stdout).toString()).toContain('Pebble')
    const again = await withAcme.ingress.put(site, targetOf(tree))
    expect(again).toEqual({ changed: false, notices: [] })
    expect(await withAcme.ingress.renew()).toEqual([])
    const wider = siteOf('shop', ['shop.example.org', 'www.shop.example.org', 'new.shop.example.org'], {}, [])
    expect((await withAcme.ingress.put(wider, targetOf(tree))).notices).toEqual([
      expect.stringContaining('has a public certificate'),
    ])
    expect(hasAcmeCertificate(withAcme.place, site.project, wider.hosts)).toBe(true)
    expect((await ask(withAcme, 'new.shop.example.org')).status).toBe(308)
  },
)

test.skipIf(!isThere)(
  'a CA that is not reached does not fail a deployment: the site answers, and it is said',
  async () => {
    const [nobody = 0] = await freePorts(1)
    const tree = join(here.root, 'trees/r1')
    mkdirSync(tree, { recursive: true })
    writeFileSync(join(tree, 'index.html'), 'home')
    const lonely = await entryPoint(here, { acme: { server: `https://127.0.0.1:${nobody}/dir` }, allowAcme: true })
    const outcome = await lonely.ingress.put(siteOf('shop', ['shop.example.org'], {}, []), targetOf(tree))
    expect(outcome.notices).toContainEqual(expect.stringContaining("this machine's own CA for now"))
    expect((await ask(lonely, 'shop.example.org')).text).toBe('home')
  },
)

/** A CA that takes every connection and never says a word. */
async function silentAuthority(): Promise<{ url: string; asked(): number; stop(): void }> {
  let count = 0
  const open = new Set<import('node:net').Socket>()
  const server = createServer(socket => {
    count++
    open.add(socket.on('error', () => {}))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as { port: number }).port}/dir`,
    asked: () => count,
    stop() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** A project of its own world that answers at a public name, with a CA that its machine declares. */
async function published(world: World, name: string, files: Record<string, string>) {
  await world.must('init', name, '--mode', 'final', '--installer', 'static', '--set', 'domains=["shop.example.org"]')
  return world.clone(name, files)
}

const portsOf = (world: World): { httpPort: number; httpsPort: number } => {
  const { http, https } = JSON.parse(readFileSync(join(world.root, 'corpus/ingress/ports.json'), 'utf8'))
  return { httpPort: http, httpsPort: https }
}

const declare = (world: World, variables: Readonly<Record<string, string>>) => {
  mkdirSync(join(world.root, 'corpus'), { recursive: true })
  const text = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(world.root, 'corpus', 'environment'), text.join(''), { mode: 0o644 })
}

test.skipIf(!isThere)(
  'a push does not wait for a CA: it ends while that is silent, plain HTTP answers, and the status says what is waited for',
  async () => {
    const world = makeWorld()
    const authority = await silentAuthority()
    try {
      declare(world, { CORPUS_ACME_SERVER: authority.url })
      const name = uniqueName('waits')
      const clone = await published(world, name, { 'index.html': 'one' })
      const first = await clone.push()
      expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('is asked for behind this deployment')])
      const answer = async () => (await ask(portsOf(world), 'shop.example.org')).text
      expect(await answer()).toBe('one')
      await eventually(
        async () => authority.asked() > 0,
        { limitSeconds: 30, pauseMilliseconds: 100 },
        () => new Error('nobody asked the CA'),
      )
      expect(await world.json('status', name)).toMatchObject({
        state: 'live',
        certificate: expect.stringContaining('asked of a public CA since'),
      })
      // While the CA is silent, the next one deploys.
      await clone.commit({ 'index.html': 'two' })
      expect((await clone.push()).status).toBe(0)
      expect(await answer()).toBe('two')
      expect((await world.must('status', name)).stdout).toMatch(/certificate +asked of a public CA/)
      authority.stop()
      const said = async () => (await world.json<{ certificate: string | null }>('status', name)).certificate ?? ''
      await eventually(
        async () => (await said()).startsWith('none of a public CA since'),
        { limitSeconds: 60, pauseMilliseconds: 100 },
        () => new Error('it is not said that there is none'),
      )
    } finally {
      authority.stop()
      await world.dispose()
    }
  },
)

test.skipIf(!isThere)(
  'the certificate comes behind the verdict, for the release that serves then, and the log tells of it',
  async () => {
    const world = makeWorld()
    try {
      const name = uniqueName('comes')
      const authority = await silentAuthority()
      declare(world, { CORPUS_ACME_SERVER: authority.url })
      const clone = await published(world, name, { 'index.html': 'one' })
      expect((await clone.push()).status).toBe(0)
      authority.stop()
      const acme = await startAuthority(portsOf(world))
      declare(world, { CORPUS_ACME_SERVER: acme.server, REQUESTS_CA_BUNDLE: acme.trustedFile })
      await clone.commit({ 'index.html': 'two' })
      const pushed = await clone.push()
      expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('deployed in')])
      await eventually(
        async () => (await ask(portsOf(world), 'shop.example.org')).status === 308,
        { limitSeconds: 60, pauseMilliseconds: 100 },
        () => new Error('HTTP does not lead to HTTPS'),
      )
      expect(await world.json('status', name)).toMatchObject({ state: 'live', certificate: null })
      await eventually(
        async () => (await world.must('logs', name)).stdout.includes('has a public certificate'),
        { limitSeconds: 20, pauseMilliseconds: 100 },
        () => new Error('the log does not tell of it'),
      )
      await clone.commit({ 'index.html': 'three' })
      const third = await clone.push()
      expect([third.status, third.stderr]).toEqual([0, expect.not.stringContaining('asked for')])
      expect((await ask(portsOf(world), 'shop.example.org')).status).toBe(308)
      const kept = join(world.root, 'corpus', 'ingress', 'acme', 'configuration')
      const ofCertbot = () => ['live', 'archive', 'renewal'].flatMap(one => readdirSync(join(kept, one))).sort()
      expect(ofCertbot()).toEqual(expect.arrayContaining([name, `${name}.conf`]))
      // Another project's, whose name begins like this one's.
      for (const one of ['live', 'archive']) mkdirSync(join(kept, one, `${name}-two`))
      writeFileSync(join(kept, 'renewal', `${name}-two.conf`), '')
      await world.must('destroy', name, '--confirm', name)
      expect(ofCertbot().filter(one => one !== 'README')).toEqual([`${name}-two`, `${name}-two`, `${name}-two.conf`])
    } finally {
      await world.dispose()
    }
  },
)
