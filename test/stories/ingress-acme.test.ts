/** Certificates of a public CA: certbot against a local ACME server (pebble), which really fetches the challenge through our nginx. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acmeFiles, hasAcmeCertificate } from '../../src/ingress/acme.ts'
import { hostName } from '../../src/ingress/hosts.ts'
import { authorityFile, internalCertificate } from '../../src/ingress/internal-authority.ts'
import { ingressPlace } from '../../src/ingress/place.ts'
import { projectName } from '../../src/kernel/names.ts'
import { eventually } from '../../src/services/waiting.ts'
import { localShell } from '../../src/shell/local.ts'
import { ask, type Door, door, freePorts, siteOf, targetOf } from '../support/ingress.ts'
import { type Room, room } from '../support/services.ts'

const isThere = ['pebble', 'pebble-challtestsrv', 'certbot'].every(name => existsSync(`/usr/bin/${name}`))
if (!isThere) console.warn('skipped: the Debian packages pebble and certbot are not installed')

let here: Room
let entry: Door
let stop: AbortController
beforeEach(async () => {
  here = room()
  stop = new AbortController()
  entry = await door(here, { allowAcme: true })
})
afterEach(async () => {
  stop.abort()
  await here.end()
})

/** Starts the CA; returns the settings that let certbot use it. */
const startAuthority = async () => {
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
      httpPort: entry.httpPort,
      tlsPort: entry.httpsPort,
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
    const withAcme = await door(here, { acme, allowAcme: true, httpPort: entry.httpPort, httpsPort: entry.httpsPort })
    const site = siteOf('shop', ['shop.example.org', 'www.shop.example.org'], {}, [])
    const outcome = await withAcme.ingress.put(site, targetOf(tree))
    expect(outcome.notices.filter(one => one.includes('certificate'))).toEqual([])
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
    expect((await withAcme.ingress.put(wider, targetOf(tree))).notices).toEqual([])
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
    const lonely = await door(here, { acme: { server: `https://127.0.0.1:${nobody}/dir` }, allowAcme: true })
    const outcome = await lonely.ingress.put(siteOf('shop', ['shop.example.org'], {}, []), targetOf(tree))
    expect(outcome.notices).toContainEqual(expect.stringContaining("this machine's own CA for now"))
    expect((await ask(lonely, 'shop.example.org')).text).toBe('home')
  },
)
