/** What people push, and what they are told of it. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixtureTree, pageOf, pushedTree, statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const pushed = (word: string, files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  pushedTree(world, word, files, ...more)
const page = (name: string, path?: string) => pageOf(world, name, path)

test('what was chosen is said with its reason: in the push, by status and by config get', async () => {
  const { name, ended } = await pushed('why', { 'index.html': 'hello' })
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('installer: static, because of index.html')
  expect(await world.json('status', name)).toMatchObject({ installer: 'static, because of index.html' })
  expect((await world.must('status', name)).stdout).toContain('static, because of index.html')
  expect((await world.must('config', 'get', name)).stdout).toContain('static, because of index.html')
})

test('what nothing is known of is refused before it lands, with and without an agent, and after it was known', async () => {
  const { name, clone, ended } = await pushed('unknown', { 'README.md': '# hello' })
  expect(ended.status).not.toBe(0)
  expect(ended.stderr).toMatch(/INSTALLER_UNDETECTED.*package\.json.*installer=static/s)
  expect(await world.ref(name, 'refs/heads/master')).toBe('')
  await clone.commit({ 'index.html': 'one' })
  expect((await clone.push()).status).toBe(0)
  const known = await clone.commit({ 'index.html': 'two' })
  expect((await clone.push()).status).toBe(0)
  await clone.commit({ 'index.html': null })
  expect((await clone.push()).stderr).toContain('INSTALLER_UNDETECTED')
  await world.must('agent', '--enable')
  try {
    expect((await clone.push()).stderr).toContain('INSTALLER_UNDETECTED')
    expect(await world.ref(name, 'refs/heads/master')).toBe(known)
    // Who only stores it, or says what is meant, may.
    expect((await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
    await world.must('config', 'set', name, 'installer=generic')
    await clone.commit({ 'README.md': 'again' })
    expect((await clone.push()).status).toBe(0)
  } finally {
    await world.corpus('agent', '--disable')
  }
})

test('where nothing runs and nothing is served, that stands out at the end, with what would start something', async () => {
  const name = uniqueName('nothing')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'generic')
  const ended = await (await world.clone(name, { 'a.txt': '' })).push()
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toMatch(/NOTHING RUNS and nothing is served[^\n]*web: COMMAND[^\n]*ingress\.static/)
  await world.must('config', 'set', name, 'ingress.static=.')
  const deployed = await world.must('deploy', name)
  expect(deployed.stdout + deployed.stderr).not.toContain('NOTHING RUNS')
})

test('a Procfile that cannot be read is refused before it lands, with the line', async () => {
  const { name, clone, ended } = await pushed('lines', { Procfile: 'worker: sleep 1000\n' })
  expect(ended.status, ended.stderr).toBe(0)
  const good = await world.ref(name, 'refs/heads/master')
  await clone.commit({ Procfile: 'worker: sleep 1000\n# more\nclock\n' })
  const refused = await clone.push()
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toContain('Procfile, line 3: "clock"')
  expect(await world.ref(name, 'refs/heads/master')).toBe(good)
})

test('a line of the Procfile that ends with 0 at once is a one-off command: it is told, and the others run', async () => {
  const { name, ended } = await pushed('once', { Procfile: 'worker: sleep 1000\nseed: true\n' })
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toMatch(new RegExp(`seed ended with 0 at once[^\\n]*corpus config set ${name} scale.seed=0`))
  expect((await statusOf(world, name)).processes.map(one => one.name)).toEqual(['worker.1'])
  await world.must('config', 'set', name, 'scale.seed=0')
  const again = await world.must('deploy', name)
  expect(again.stdout + again.stderr).not.toContain('ended with 0 at once')
})

test('files that only say where their content is are told by name', async () => {
  const { ended } = await pushed('pointer', fixtureTree('pushed/pointer'))
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('1 file is an LFS pointer, its content does not come with a push: logo.png')
})

test('a pointer that comes later is told too', async () => {
  const { clone } = await pushed('later', { 'index.html': 'one' })
  const { 'logo.png': logo = '', '.gitattributes': attributes = '' } = fixtureTree('pushed/pointer')
  await clone.commit({ 'logo.png': logo })
  await clone.commit({ '.gitattributes': attributes })
  expect((await clone.push()).stderr).toContain('LFS pointer')
})

test('a site for a single page answers every path, and one of pages only its own', async () => {
  const single = await pushed('single', {
    Staticfile: 'root: site\npushstate: enabled\n',
    'site/index.html': 'app',
    'secret.txt': 'x',
  })
  expect(single.ended.status, single.ended.stderr).toBe(0)
  expect(await page(single.name, '/deep/link')).toBe('200 app')
  expect(await page(single.name, '/secret.txt')).toBe('200 app')
  const pages = await pushed('pages', { 'public/index.html': 'home', 'note.txt': 'x' })
  expect(await page(pages.name)).toBe('200 home')
  expect(await page(pages.name, '/note.txt')).toMatch(/^404/)
})

test('a build without a server is served where it leaves its files', async () => {
  const make = "const fs = require('fs'); fs.mkdirSync('public'); fs.writeFileSync('public/index.html', 'built')"
  const files = {
    'package.json': JSON.stringify({ name: 'a', version: '1.0.0', scripts: { build: 'node make.js' } }),
    'make.js': make,
  }
  const { name, clone, ended } = await pushed('built', files)
  expect(ended.status, ended.stderr).toBe(0)
  expect(await page(name)).toBe('200 built')
  expect(await page(name, '/make.js')).toMatch(/^404/)
  await clone.commit({ 'make.js': 'process.exit(0)' })
  const empty = await clone.push()
  expect(empty.stderr).toContain('SITE_MISSING')
  expect(await page(name)).toBe('200 built')
})

const server = `const http = require('http'), fs = require('fs')
http.createServer((q, a) => a.end(fs.readFileSync('built.txt', 'utf8') + ' ' + (process.env.CORPUS_TAG || '') + ' ' + process.env.CORPUS_COMMIT))
  .listen(process.env.PORT, '127.0.0.1')
`

test('a build may ask git what it builds, and what runs is told its commit and tag', async () => {
  const scripts = { build: 'git describe --tags > built.txt', start: 'node server.js' }
  const { name, clone } = await pushed('tagged', {
    'package.json': JSON.stringify({ name: 'a', version: '1.0.0', scripts }),
    'server.js': server,
  })
  await clone.git('tag', '-a', 'v1.2.3', '-m', 'one')
  await clone.commit({})
  await clone.git('tag', '-a', 'v1.2.4', '-m', 'two')
  const ended = await clone.push('--follow-tags', 'corpus', 'HEAD:master')
  expect(ended.status, ended.stderr).toBe(0)
  const commit = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  expect((await page(name)).replaceAll('\n', '')).toBe(`200 v1.2.4 v1.2.4 ${commit}`)
  expect((await world.must('run', name, '--', 'git', 'describe', '--tags')).stdout.trim()).toBe('v1.2.4')
  expect((await world.must('run', name, '--', 'sh', '-c', 'echo $CORPUS_RELEASE')).stdout.trim()).toBe(
    (await statusOf(world, name)).release,
  )
})

test('a script of the root’s own that wants a development dependency finds it, and the release has none', async () => {
  const name = uniqueName('prepared')
  await world.must('init', name, '--mode', 'final', '--installer', 'auto')
  const clone = await world.clone(name, fixtureTree('pushed/prepare'))
  // The tool is a package that npm makes here: its lock file names it by its content.
  const made = await world.run(['sh', 'make.sh'], { cwd: clone.folder })
  expect(made.status, made.stderr).toBe(0)
  await clone.git('rm', '-rq', '--cached', 'node_modules', '--ignore-unmatch')
  await clone.git('add', '-A')
  await clone.git('commit', '-q', '-m', 'Locked')
  const ended = await clone.push()
  expect(ended.status, ended.stderr).toBe(0)
  expect(readdirSync(world.path(name, 'project', 'node_modules'))).not.toContain('prep-tool')
  expect(await page(name)).toBe('200 /')
})

test('a wish for a Python that is not here is no silent other one', async () => {
  const { ended, name } = await pushed('wish', { 'requirements.txt': '', 'main.py': '', '.python-version': '3.2\n' })
  expect(ended.status).not.toBe(0)
  expect(ended.stderr).toMatch(/\.python-version asks for Python 3\.2, and here is 3\.\d+/)
  expect((await statusOf(world, name)).state).toBe('new')
})

test('a folder of a repository is deployed, and what changes elsewhere restarts nothing', async () => {
  const name = uniqueName('mono')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
  await world.must('config', 'set', name, 'path=apps/web', 'shared_paths=[packages]')
  const web = (word: string) =>
    `require('http').createServer((q, a) => a.end('${word} ' + require('../../packages/shared'))).listen(process.env.PORT, '127.0.0.1')`
  const clone = await world.clone(name, {
    'apps/web/package.json': '{"name":"web","version":"1.0.0"}',
    'apps/web/server.js': web('one'),
    'apps/api/main.py': 'nothing',
    'packages/shared.js': "module.exports = 'shared'",
    'index.html': 'not this one',
  })
  const first = await clone.push()
  expect(first.status, first.stderr).toBe(0)
  expect(first.stderr).toContain('installer: nodejs, because of package.json')
  expect(await page(name)).toBe('200 one shared')
  const pids = async () => (await statusOf(world, name)).processes.map(one => one.pid)
  const before = await pids()
  expect(before).toHaveLength(1)

  await clone.commit({ 'apps/api/main.py': 'changed', 'README.md': 'new' })
  const elsewhere = await clone.push()
  expect(elsewhere.status, elsewhere.stderr).toBe(0)
  expect(elsewhere.stderr).toContain('nothing changed below apps/web')
  expect(await pids()).toEqual(before)

  await clone.commit({ 'packages/shared.js': "module.exports = 'anew'" })
  expect((await clone.push()).status).toBe(0)
  expect(await page(name)).toBe('200 one anew')
  expect(await pids()).not.toEqual(before)
  expect((await world.must('run', name, '--', 'ls')).stdout).toContain('server.js')

  await clone.commit({ 'apps/web/package.json': null, 'apps/web/server.js': null })
  const gone = await clone.push()
  expect(gone.stderr).toContain('There is no folder "apps/web"')
  expect(await page(name)).toBe('200 one anew')
  expect((await world.corpus('config', 'set', name, 'path=../other')).stderr).toContain('CONFIGURATION_INVALID')
})

test('Node builds the assets of an application in Python, which is what runs', async () => {
  const { name, ended } = await pushed('assets', {
    'requirements.txt': '',
    'main.py': `import http.server, os
class H(http.server.SimpleHTTPRequestHandler):
    pass
http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()
`,
    'package.json': JSON.stringify({
      name: 'a',
      version: '1.0.0',
      scripts: { build: 'echo bundled > bundle.txt', start: 'vite' },
    }),
  })
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('installer: python, because of requirements.txt; assets are built by nodejs')
  expect(await page(name, '/bundle.txt')).toBe('200 bundled')
})
