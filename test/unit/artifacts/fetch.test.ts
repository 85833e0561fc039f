import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Fetch, fetchArtifacts } from '../../../src/artifacts/fetch.ts'
import { artifactUrl } from '../../../src/artifacts/url.ts'
import { localShell } from '../../../src/shell/local.ts'

let root = ''
let folder = ''
let site = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-fetch-'))
  folder = join(root, 'release')
  site = join(root, 'site')
  mkdirSync(site)
  mkdirSync(folder)
  writeFileSync(join(folder, 'old'), 'old')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const content = 'the archive '.repeat(10_000)
const fetch = (urls: string[], more: Partial<Fetch> = {}) =>
  fetchArtifacts({ shell: localShell, urls, folder, withoutDigest: true, idleSeconds: 2, timeoutSeconds: 10, ...more })
const code = (name: string, message = /./) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) })
const untouched = () => {
  expect(readdirSync(folder)).toEqual(['old'])
  expect(readdirSync(root).sort()).toEqual(['release', 'site'])
}
/** A release in `site`, as bundling leaves it. */
function release(files: Record<string, string> = { 'project.tar.zst': content }, more: object = {}) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(site, name), text)
  const archives = Object.entries(files).map(([file, text]) => ({ file, bytes: text.length, sha256: sha256(text) }))
  const facts = {
    format: 1,
    name: 'shop',
    release: 'r1',
    commit: 'c',
    pillar_commit: null,
    mode: 'cooking',
    creator: 'ann',
    api_version: 2,
    installer: 'generic',
    times: {},
  }
  writeFileSync(join(site, 'release.json'), JSON.stringify({ ...facts, archives, ...more }))
}

describe('a release on this machine', () => {
  test('is fetched whole from its folder, its manifest or its archive, and verified', async () => {
    release({ 'project.tar.zst': content, 'media.tar': 'media' })
    for (const url of [site, `file://${site}`, `file://${site}/`, `file://${site}/release.json`]) {
      const fetched = await fetch([url])
      expect(fetched.archives.map(({ file, verifiedBy }) => [file, verifiedBy])).toEqual([
        ['project.tar.zst', ['manifest']],
        ['media.tar', ['manifest']],
      ])
      expect(fetched.project).toMatchObject({
        file: 'project.tar.zst',
        path: join(folder, 'project.tar.zst'),
        sha256: sha256(content),
      })
      expect(fetched.manifest?.commit).toBe('c')
      expect(readdirSync(folder).sort()).toEqual(['media.tar', 'project.tar.zst', 'release.json'])
      expect(readFileSync(fetched.project.path, 'utf8')).toBe(content)
    }
    const one = await fetch([`file://${site}/project.tar.zst#sha256=${sha256(content)}`])
    expect(one.project.verifiedBy).toEqual(['digest', 'manifest'])
    expect(readdirSync(folder).sort()).toEqual(['project.tar.zst', 'release.json'])
    expect(readdirSync(root).sort()).toEqual(['release', 'site'])
  })

  test('without a manifest and a digest says that nothing vouched for it', async () => {
    writeFileSync(join(site, 'app.tar.gz'), content)
    const fetched = await fetch([`${site}/app.tar.gz`])
    expect(fetched).toMatchObject({ manifest: undefined, project: { file: 'app.tar.gz', verifiedBy: [] } })
  })
})

describe.runIf(process.getuid?.() === 0)('a release in a folder of an account', () => {
  beforeEach(() => {
    execFileSync('chmod', ['755', root])
    chownSync(site, 65534, 65534)
  })

  test('is fetched only with a digest', async () => {
    release()
    for (const url of [site, `${site}/release.json`, `${site}/project.tar.zst`])
      await expect(fetch([url])).rejects.toThrow(code('ARTIFACT_UNVERIFIED', /an account of this machine can write/))
    untouched()
    const manifest = sha256(readFileSync(join(site, 'release.json')))
    for (const url of [
      `file://${site}/#sha256=${manifest}`,
      `file://${site}/project.tar.zst#sha256=${sha256(content)}`,
    ])
      expect((await fetch([url])).project.sha256).toBe(sha256(content))
  })

  test('is not looked for behind a link', async () => {
    writeFileSync(join(root, 'secret.tar'), content, { mode: 0o600 })
    symlinkSync(join(root, 'secret.tar'), join(site, 'project.tar.zst'))
    const url = `file://${site}/project.tar.zst#sha256=${sha256(content)}`
    await expect(fetch([url])).rejects.toThrow(code('ARTIFACT_UNREACHABLE'))
    rmSync(join(root, 'secret.tar'))
    untouched()
  })

  test("is followed through root's own links on the way to root's own files", async () => {
    chownSync(site, 0, 0)
    release()
    symlinkSync(site, join(root, 'current'))
    expect((await fetch([join(root, 'current')])).project.verifiedBy).toEqual(['manifest'])
    rmSync(join(root, 'current'))
  })
})

describe('what is not the release that was meant is refused and nothing is touched:', () => {
  test('another digest in the URL', async () => {
    release()
    const wrong = sha256('other')
    await expect(
      fetch([`${site}/project.tar.zst`, `file://${site}/project.tar.zst#sha256=${wrong}`].slice(1)),
    ).rejects.toThrow(code('ARTIFACT_DIGEST', /project.tar.zst is not what the digest of its URL says/))
    await expect(fetch([`file://${site}/release.json#sha256=${wrong}`])).rejects.toThrow(
      code('ARTIFACT_DIGEST', /release.json/),
    )
    untouched()
  })
  test('an archive that was cut, or changed at the same length', async () => {
    release()
    writeFileSync(join(site, 'project.tar.zst'), content.slice(0, -7))
    await expect(fetch([site])).rejects.toThrow(code('ARTIFACT_DIGEST', /it has 119993 bytes, not 120000/))
    writeFileSync(join(site, 'project.tar.zst'), content.replace('the', 'THE'))
    await expect(fetch([site])).rejects.toThrow(code('ARTIFACT_DIGEST', /its content is another/))
    untouched()
  })
  test('a manifest of another project', async () => {
    release()
    await expect(fetch([site], { name: 'blog' })).rejects.toThrow(
      code('ARTIFACT_MANIFEST', /is of "shop", not of blog/),
    )
    untouched()
  })
  test('a manifest that names a file elsewhere', async () => {
    release()
    writeFileSync(
      join(root, 'site', 'release.json'),
      readFileSync(join(site, 'release.json'), 'utf8').replace('project.tar.zst', '../../etc/passwd'),
    )
    await expect(fetch([site])).rejects.toThrow(code('ARTIFACT_MANIFEST'))
    untouched()
  })
  test('a manifest that does not name the archive, or an archive that is missing', async () => {
    release()
    writeFileSync(join(site, 'other.tar'), 'x')
    await expect(fetch([`${site}/other.tar`])).rejects.toThrow(code('ARTIFACT_MANIFEST', /does not name/))
    rmSync(join(site, 'project.tar.zst'))
    await expect(fetch([site])).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /no archive/))
    await expect(fetch([`${site}/absent/`])).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /no manifest/))
    untouched()
  })
  test('archives of two releases, two of one name, or none that is the project', async () => {
    release()
    mkdirSync(join(site, 'two'))
    const text = readFileSync(join(site, 'release.json'), 'utf8')
    writeFileSync(
      join(site, 'two/release.json'),
      text
        .replace('"r1"', '"r2"')
        .replace('project.tar.zst', 'media.tar')
        .replace(sha256(content), sha256('m'))
        .replace('120000', '1'),
    )
    writeFileSync(join(site, 'two/media.tar'), 'm')
    await expect(fetch([site, `${site}/two`])).rejects.toThrow(
      code('ARTIFACT_MANIFEST', /more than one release: "r1", "r2"/),
    )
    await expect(fetch([site, site])).rejects.toThrow(code('ARTIFACT_URL_INVALID', /Two URLs/))
    release({ 'a.tar': 'a', 'b.tar': 'b' })
    await expect(fetch([site])).rejects.toThrow(code('ARTIFACT_MANIFEST', /cannot be told/))
    untouched()
  })
  test('an archive that is too large', async () => {
    release()
    await expect(fetch([site], { maximumBytes: 100_000 })).rejects.toThrow(code('ARTIFACT_TOO_LARGE'))
    untouched()
  })
  test('no URL at all', async () => {
    await expect(fetch([])).rejects.toThrow(code('ARTIFACT_URL_INVALID'))
    untouched()
  })
})

describe('a release on a web server', () => {
  let server: Server
  let base = ''
  let answer: (request: IncomingMessage, response: ServerResponse) => void = serve
  function serve(request: IncomingMessage, response: ServerResponse) {
    const path = join(site, (request.url ?? '').replace(/\?.*/, ''))
    if (!existsSync(path)) return response.writeHead(404).end()
    return response.end(readFileSync(path))
  }
  beforeEach(async () => {
    answer = serve
    server = createServer((request, response) => answer(request, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })

  test('is fetched only with a digest, of its manifest or its archive, unless that was given up', async () => {
    release()
    const strict = { withoutDigest: false }
    const asked: string[] = []
    answer = (request, response) => {
      asked.push(request.url ?? '')
      serve(request, response)
    }
    for (const url of [`${base}/`, `${base}/release.json`, `${base}/project.tar.zst`, 'rsync://127.0.0.1:1/x/a.tar'])
      await expect(fetch([url], strict)).rejects.toThrow(code('ARTIFACT_UNVERIFIED', /anybody on the way/))
    expect(asked).toEqual([])
    untouched()
    const manifest = sha256(readFileSync(join(site, 'release.json')))
    for (const url of [`${base}/#sha256=${manifest}`, `${base}/project.tar.zst#sha256=${sha256(content)}`])
      expect((await fetch([url], strict)).project.sha256).toBe(sha256(content))
  })

  test('is fetched from its folder and from its archive', async () => {
    release()
    expect((await fetch([`${base}/`])).project.verifiedBy).toEqual(['manifest'])
    const one = await fetch([`${base}/project.tar.zst?token=1#sha256=${sha256(content)}`])
    expect(one.project).toMatchObject({ file: 'project.tar.zst', verifiedBy: ['digest', 'manifest'] })
  })

  test('is followed where it moved, with the credentials kept on their own host', async () => {
    release()
    const seen: [string | undefined, string | undefined][] = []
    const other = createServer((request, response) => {
      seen.push(['other', request.headers.authorization])
      serve(request, response)
    })
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    answer = (request, response) => {
      seen.push(['own', request.headers.authorization])
      if (request.url?.startsWith('/moved'))
        return serve({ ...request, url: request.url.slice(6) } as IncomingMessage, response)
      if (request.url?.endsWith('.json')) return response.writeHead(302, { location: `/moved${request.url}` }).end()
      return response
        .writeHead(307, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}${request.url}` })
        .end()
    }
    await fetch([`${base.replace('//', '//ann:p%40ss@')}/`]).finally(() => other.close())
    const basic = `Basic ${Buffer.from('ann:p@ss').toString('base64')}`
    expect(seen).toEqual([
      ['own', basic],
      ['own', basic],
      ['own', basic],
      ['other', undefined],
    ])
  })

  test('whose manifest may not be read is taken by its digest', async () => {
    release()
    answer = (request, response) =>
      request.url?.endsWith('.json') ? response.writeHead(403).end() : serve(request, response)
    expect((await fetch([`${base}/project.tar.zst#sha256=${sha256(content)}`])).project.verifiedBy).toEqual(['digest'])
    await expect(fetch([`${base}/`])).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /answers 403/))
  })

  const head = (response: ServerResponse, headers: object = {}) => response.writeHead(200, { ...headers })
  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string, RegExp]>([
    [
      'cuts the file off',
      (_, r) => cutOff(head(r, { 'content-length': '1000' })),
      'ARTIFACT_UNREACHABLE',
      /ended before/,
    ],
    ['cuts a chunked file off', (_, r) => cutOff(head(r)), 'ARTIFACT_UNREACHABLE', /ended before/],
    ['says nothing', () => {}, 'ARTIFACT_UNREACHABLE', /nothing came for 1 seconds/],
    ['stops in the middle', (_, r) => void head(r).write('x'), 'ARTIFACT_UNREACHABLE', /./],
    [
      'goes round for ever',
      (q, r) => void r.writeHead(302, { location: `${q.url}x` }).end(),
      'ARTIFACT_UNREACHABLE',
      /more than 5 times/,
    ],
    [
      'sends to a file',
      (_, r) => void r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'ARTIFACT_UNREACHABLE',
      /redirected to file/,
    ],
    ['is broken', (_, r) => void r.writeHead(500).end(), 'ARTIFACT_UNREACHABLE', /answers 500/],
    ['speaks no HTTP', (_, r) => void r.socket?.end('hello\r\n\r\n'), 'ARTIFACT_UNREACHABLE', /./],
    [
      'announces too much',
      (_, r) => void head(r, { 'content-length': '999999999' }).write('x'),
      'ARTIFACT_TOO_LARGE',
      /larger/,
    ],
    ['sends too much', (_, r) => void endless(r), 'ARTIFACT_TOO_LARGE', /larger/],
    ['has no such file', (_, r) => void r.writeHead(404).end(), 'ARTIFACT_UNREACHABLE', /no archive/],
  ])('that %s is an error and nothing is touched', async (_, handler, expected, message) => {
    answer = (request, response) =>
      request.url?.endsWith('.json') ? response.writeHead(404).end() : handler(request, response)
    const error = await fetch([`${base}/project.tar.zst`], { idleSeconds: 1, maximumBytes: 1_000_000 }).catch(
      caught => caught,
    )
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(message) })
    untouched()
  })
  function cutOff(response: ServerResponse) {
    response.write('x')
    setTimeout(() => response.destroy(), 20)
  }
  function endless(response: ServerResponse) {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }

  test('that nobody runs is an error that says so', async () => {
    await new Promise(resolve => server.close(resolve))
    await expect(fetch([`${base}/project.tar.zst`])).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /ECONNREFUSED/))
    untouched()
  })

  test('that drips for ever is given up in time, and a cancelled one at once', async () => {
    answer = (request, response) => {
      if (request.url?.endsWith('.json')) return response.writeHead(404).end()
      const timer = setInterval(() => response.write('x'), 50)
      return response.on('close', () => clearInterval(timer))
    }
    await expect(fetch([`${base}/project.tar.zst`], { timeoutSeconds: 1 })).rejects.toThrow(
      code('ARTIFACT_UNREACHABLE', /longer than 1 seconds/),
    )
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    await expect(fetch([`${base}/project.tar.zst`], { signal: stop.signal })).rejects.toThrow(code('CANCELLED'))
    untouched()
  })
})

describe('a URL', () => {
  test('is parsed into what is asked for, and shown without its password', () => {
    expect(artifactUrl(`https://ann:secret@host:8443/a/b%20c.tar?x=1#sha256=${'A'.repeat(64)}`)).toEqual({
      scheme: 'https',
      shown: 'https://host:8443/a/b%20c.tar',
      user: 'ann',
      password: 'secret',
      host: 'host',
      port: '8443',
      path: '/a/b%20c.tar?x=1',
      sha256: 'a'.repeat(64),
    })
    expect(artifactUrl('/srv/a b%20c?#*.tar').path).toBe('/srv/a b%20c?#*.tar')
    expect(artifactUrl('ssh://git@host/~/x.tar')).toMatchObject({ host: 'host', path: '/~/x.tar', user: 'git' })
  })
  test.each([
    'ftp://host/x',
    'relative/path',
    '',
    'ssh://-oProxyCommand=touch%20x/y',
    'ssh://-l@host/x',
    'ssh://a%20b@host/x',
    'ssh://host/a*b',
    'rsync://host/a%0Ab',
    'file://otherhost/x',
    'https://host/x#sha256=abc',
    'https://host/x#md5=abc',
    'http://host/%zz',
    'http://ho st/x',
    'javascript:alert(1)',
    'ssh://ho"st/x',
  ])('%j is refused', text => {
    const parse = () => fetchArtifacts({ shell: localShell, urls: [text], folder })
    return expect(parse()).rejects.toThrow(code('ARTIFACT_URL_INVALID'))
  })
  test('that is refused does not show its password', () => {
    expect(() => artifactUrl('ftp://ann:secret@host/x')).toThrow(/^(?!.*secret)/)
  })
})
