import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve as resolvePath } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { bundleTree } from '../../src/artifacts/bundle.ts'
import { type Fetch, fetchArtifacts } from '../../src/artifacts/fetch.ts'
import { sealRelease } from '../../src/artifacts/manifest.ts'
import { syncTree } from '../../src/artifacts/sync.ts'
import { unpackArchive } from '../../src/artifacts/unpack.ts'
import { localShell as shell } from '../../src/shell/local.ts'
import { type Rsyncd, startRsyncd } from '../support/rsyncd.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const execFilePromise = promisify(execFile)

/** A release travels from a cooking machine to a final one, over real sshd and a real rsync daemon on loopback. */
let root = ''
let release = ''
let sshd: Sshd
let rsyncd: Rsyncd

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'corpus-artifacts-story-'))
  chmodSync(root, 0o755)
  release = join(root, 'releases/r 1')
  const tree = join(root, 'cooked')
  mkdirSync(join(tree, 'lib'), { recursive: true })
  for (let i = 0; i < 200; i++) writeFileSync(join(tree, `lib/${i}.js`), `export const n = ${i}\n`.repeat(i))
  await bundleTree({ shell, tree, folder: release, modifiedAt: 1_700_000_000 })
  const facts = {
    name: 'shop',
    release: 'r1',
    commit: 'c',
    pillar_commit: null,
    mode: 'cooking',
    creator: 'ann',
    api_version: 2,
    installer: 'generic',
  }
  await sealRelease(release, { ...facts, times: { created_at: '2026-01-01T00:00:00Z', procedures: [] } })
  writeFileSync(join(root, 'secrets'), 'ann:p@ss w\n', { mode: 0o600 })
  const path = `path = ${join(root, 'releases')}`
  const closed = ['[closed]', path, 'auth users = ann', `secrets file = ${join(root, 'secrets')}`]
  const keys = join(root, 'sshd', 'user.pub')
  ;[sshd, rsyncd] = await Promise.all([
    startSshd(join(root, 'sshd'), keys),
    startRsyncd(root, ['[open]', path, ...closed]),
  ])
}, 60_000)

afterAll(() => {
  sshd?.stop()
  rsyncd?.stop()
  rmSync(root, { recursive: true, force: true, maxRetries: 10 })
})

const fetch = (url: string, more: Partial<Fetch> = {}) =>
  fetchArtifacts({
    shell,
    urls: [url],
    folder: join(root, 'fetched'),
    name: 'shop',
    withoutDigest: true,
    idleSeconds: 5,
    timeoutSeconds: 30,
    sshOptions: [...sshd.options],
    ...more,
  })
const me = userInfo().username
const code = (name: string, message = /./) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) })

test('a release goes from cooking to final over each transport, and the project is exactly it', async () => {
  const path = release.replaceAll(' ', '%20')
  const module = 'r%201'
  const urls = [
    `ssh://${me}@127.0.0.1:${sshd.port}${path}/`,
    `ssh://127.0.0.1:${sshd.port}${path}/project.tar.zst`,
    `rsync://127.0.0.1:${rsyncd.port}/open/${module}/`,
    `rsync://ann:p%40ss%20w@127.0.0.1:${rsyncd.port}/closed/${module}/release.json`,
  ]
  const project = join(root, 'project')
  for (const [index, url] of urls.entries()) {
    mkdirSync(project, { recursive: true })
    writeFileSync(join(project, 'stray'), `${index}`)
    const fetched = await fetch(url)
    expect([url, fetched.project.verifiedBy]).toEqual([url, ['manifest']])
    await unpackArchive({ shell, archive: fetched.project.path, folder: join(root, 'deploy') })
    await syncTree({ shell, from: join(root, 'deploy'), to: project })
    expect(() => execFileSync('diff', ['-r', join(root, 'cooked'), project])).not.toThrow()
  }
})

test('what is not there, not allowed or too large over ssh and rsync is a clear error and leaves nothing', async () => {
  const ssh = `ssh://127.0.0.1:${sshd.port}`
  const rsync = `rsync://127.0.0.1:${rsyncd.port}`
  const path = release.replaceAll(' ', '%20')
  const before = readdirSync(root).sort()
  await expect(fetch(`${ssh}${path}/absent.json`)).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /no manifest ssh:/))
  await expect(fetch(`${rsync}/open/absent/`)).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /no manifest rsync:/))
  await expect(fetch(`${rsync}/no-module/x.tar`)).rejects.toThrow(code('ARTIFACT_UNREACHABLE'))
  await expect(fetch(`rsync://ann:wrong@127.0.0.1:${rsyncd.port}/closed/r%201/`)).rejects.toThrow(
    code('ARTIFACT_UNREACHABLE', /^(?!.*wrong)/),
  )
  await expect(fetch(`ssh://nobody-here@127.0.0.1:${sshd.port}${path}/`)).rejects.toThrow(
    code('ARTIFACT_UNREACHABLE', /denied/i),
  )
  await expect(fetch(`ssh://127.0.0.1:1${path}/`)).rejects.toThrow(code('ARTIFACT_UNREACHABLE', /refused|closed/i))
  for (const url of [`${ssh}${path}/project.tar.zst`, `${rsync}/open/r%201/project.tar.zst`])
    await expect(fetch(url, { maximumBytes: 1500 })).rejects.toThrow(code('ARTIFACT_TOO_LARGE'))
  await expect(fetch(`${ssh}${path}/project.tar.zst#sha256=${'0'.repeat(64)}`)).rejects.toThrow(code('ARTIFACT_DIGEST'))
  expect(readdirSync(root).sort()).toEqual(before)
})

test('a path of the other side is never read by a shell', async () => {
  const marker = join(root, 'marker')
  for (const path of [`/x;touch ${marker}`, `/$(touch ${marker})`, `/\`touch ${marker}\``, `/x'; touch ${marker} '`]) {
    const url = `ssh://127.0.0.1:${sshd.port}${path.split('/').map(encodeURIComponent).join('/')}/a.tar`
    await expect(fetch(url)).rejects.toThrow()
  }
  expect(readdirSync(root)).not.toContain('marker')
})

test('a release comes over https only from a server whose certificate is trusted', async () => {
  const files = ['-keyout', join(root, 'tls.key'), '-out', join(root, 'tls.crt')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
    stdio: 'ignore',
  })
  const options = { key: readFileSync(join(root, 'tls.key')), cert: readFileSync(join(root, 'tls.crt')) }
  const server = createHttpsServer(options, (request, response) => {
    response.end(readFileSync(join(release, (request.url ?? '').slice(1))))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `https://localhost:${typeof address === 'object' && address ? address.port : 0}/`
  const script = `
    import { fetchArtifacts } from ${JSON.stringify(resolvePath('src/artifacts/fetch.ts'))}
    import { localShell as shell } from ${JSON.stringify(resolvePath('src/shell/local.ts'))}
    const told = await fetchArtifacts({ shell, urls: [${JSON.stringify(url)}], folder: ${JSON.stringify(join(root, 'tls'))} }).then(
      fetched => fetched.project.verifiedBy.join(), error => error.code + ' ' + error.message)
    console.log(told)`
  const ask = async (env: object) =>
    (
      await execFilePromise(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...process.env, ...env },
      })
    ).stdout
  expect(await ask({ NODE_EXTRA_CA_CERTS: join(root, 'tls.crt') })).toBe('manifest\n')
  expect(await ask({ NODE_EXTRA_CA_CERTS: '' })).toMatch(/^ARTIFACT_UNREACHABLE .*certificate/)
  await new Promise(resolve => server.close(resolve))
})

test('an unpacking that is killed leaves the old, and the next one tidies up', async () => {
  const big = join(root, 'big')
  mkdirSync(big)
  for (let i = 0; i < 3000; i++) writeFileSync(join(big, `${i}`), `${i} `.repeat(500))
  const archive = await bundleTree({ shell, tree: big, folder: join(root, 'big-release'), modifiedAt: 1 })
  const folder = join(root, 'killed/deploy')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'old'), 'old')
  const unpack = { archive: archive.path, folder }
  const script = `
    import { unpackArchive } from ${JSON.stringify(resolvePath('src/artifacts/unpack.ts'))}
    import { localShell as shell } from ${JSON.stringify(resolvePath('src/shell/local.ts'))}
    await unpackArchive({ shell, ...${JSON.stringify(unpack)} })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' })
  const half = () =>
    readdirSync(join(root, 'killed')).some(
      name => name.endsWith('.new') && readdirSync(join(root, 'killed', name)).length > 0,
    )
  while (child.exitCode === null && !half()) await new Promise(resolve => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await new Promise(resolve => child.on('exit', resolve))
  expect(readdirSync(folder)).toEqual(['old'])
  await unpackArchive({ shell, ...unpack })
  expect(readdirSync(folder)).toHaveLength(3000)
  // The tar of the killed one may have gone on for a moment: what it wrote meanwhile goes the next time.
  await vi.waitFor(async () => {
    await unpackArchive({ shell, ...unpack })
    expect(readdirSync(join(root, 'killed'))).toEqual(['deploy'])
  }, 30_000)
})
