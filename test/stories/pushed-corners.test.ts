/** What people push at the edges: files that say nothing, links that lead away, tags that come late, settings that are taken back. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageOf, pushedTree, statusOf } from '../support/applications.ts'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const pushed = (word: string, files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  pushedTree(world, word, files, ...more)
const answer = (name: string, path?: string) => pageOf(world, name, path)

const branch = (name: string): Promise<string> => world.ref(name, 'refs/heads/master')

/** A server that says what its environment has, and listens where it is told. */
const server = (said: string, where: string) =>
  `require('http').createServer((q, a) => a.end(String(${said}))).listen(process.env.PORT${where})\n`

test('an installer that is taken back is looked for again before the next push lands', async () => {
  const name = uniqueName('taken')
  await world.must('init', name, '--mode', 'cooking')
  await world.must('config', 'set', name, 'installer=generic')
  const clone = await world.clone(name, { 'README.md': 'one' })
  const ended = await clone.push()
  expect(ended.status, ended.stderr).toBe(0)
  const before = await branch(name)
  await world.must('config', 'unset', name, 'installer')
  await clone.commit({ 'README.md': 'two' })
  const refused = await clone.push()
  expect(refused.stderr).toContain('INSTALLER_UNDETECTED')
  expect(refused.stderr).not.toContain('initialization')
  expect(await branch(name)).toBe(before)
})

test('with a folder that is deployed, state files stay at the top, and what was looked at once is not looked at again', async () => {
  const name = uniqueName('below')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', '--set', 'path=apps/web')
  const clone = await world.clone(name, {
    'apps/web/server.js': server('1', ", '127.0.0.1'"),
    '.salt/configure.sls': `told:\n  cmd.run:\n    - name: touch ${join(world.scratch, 'from-the-top')}\n`,
    'apps/web/.salt/configure.sls': 'nothing: that is read',
  })
  const first = await clone.push()
  expect(first.status, first.stderr).toBe(0)
  expect(existsSync(join(world.scratch, 'from-the-top'))).toBe(true)
  const known = () => readFileSync(world.path(name, 'git', 'checked'), 'utf8')
  expect(known()).toMatch(/^[0-9a-f]{40} none server.js apps\/web$/)
  for (const agent of [false, true]) {
    if (agent) await world.must('agent', '--enable')
    await clone.commit({ 'apps/web/server.js': server(agent ? '3' : '2', ", '127.0.0.1'") })
    const second = await clone.push()
    expect(second.status, second.stderr).toBe(0)
    expect(await answer(name)).toBe(agent ? '200 3' : '200 2')
    const before = await branch(name)
    await clone.commit({ 'apps/web/server.js': null, 'apps/web/.salt/configure.sls': null })
    const refused = await clone.push()
    expect(refused.stderr).toContain('There is no folder "apps/web"')
    expect(refused.stderr).not.toContain('initialization')
    expect(await branch(name)).toBe(before)
    await clone.git('reset', '-q', '--hard', 'HEAD~1')
  }
  await world.corpus('agent', '--disable')
})

test('a project whose processes are all scaled to 0 is said to be so, and is not degraded', async () => {
  const { name, ended } = await pushed('zero', { 'server.js': server('1', ", '127.0.0.1'") })
  expect(ended.status, ended.stderr).toBe(0)
  expect((await statusOf(world, name)).state).toBe('live')
  await world.must('ps', name, 'scale', 'web=0')
  expect(await world.json('status', name)).toMatchObject({ state: 'scaled to 0', url: null, silent_url: null })
  const shown = await world.must('status', name)
  expect(shown.stdout).toMatch(/state +scaled to 0/)
  expect(shown.stdout).not.toContain('does not answer')
  expect((await world.must('list')).stdout).toMatch(new RegExp(`${name} .*scaled to 0`))
  await world.must('ps', name, 'scale', 'web=1')
  expect((await statusOf(world, name)).state).toBe('live')
  expect(await answer(name)).toBe('200 1')
})

test('an empty Procfile says nothing: it is refused before it lands, with what to write', async () => {
  const { name, clone, ended } = await pushed('empty', { Procfile: '# nothing yet\n', 'index.html': 'x' })
  expect(ended.status).not.toBe(0)
  expect(ended.stderr).toMatch(/PROCFILE_INVALID: The Procfile has no line[^\n]*/)
  expect(ended.stderr).toContain('web: COMMAND')
  expect(await branch(name)).toBe('')
  await clone.commit({ Procfile: null })
  expect((await clone.push()).status).toBe(0)
})

test('a Procfile with a release line alone leaves the start to what is found', async () => {
  const files = { Procfile: 'release: echo migrated\n', 'server.js': server('1', ", '127.0.0.1'") }
  const { name, ended } = await pushed('migrated', files)
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('migrated')
  expect(await answer(name)).toBe('200 1')
})

const linked = async (clone: Clone): Promise<void> => {
  symlinkSync('/etc/hostname', join(clone.folder, 'out'))
  symlinkSync('index.html', join(clone.folder, 'within'))
  await clone.commit({})
}
const leadsOut = 'The link "out" points outside the tree, to "/etc/hostname"'

test('a committed link out of the tree is refused before it lands where releases are made of it', async () => {
  const name = uniqueName('away')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
  const clone = await world.clone(name, { 'index.html': 'x' })
  await linked(clone)
  const refused = await clone.push()
  expect(refused.stderr).toContain(leadsOut)
  expect(refused.stderr).not.toContain('initialization')
  expect(await branch(name)).toBe('')
  await clone.git('rm', '-q', 'out')
  await clone.commit({})
  const good = await clone.push()
  expect(good.status, good.stderr).toBe(0)
  const before = await branch(name)
  // One that comes later is found among what changed, before anything is built.
  symlinkSync('../..', join(clone.folder, 'later'))
  await clone.commit({})
  const later = await clone.push()
  expect(later.stderr).toContain('The link "later" points outside the tree, to "../.."')
  expect(later.stderr).toContain('initialization FAILED')
  expect(await branch(name)).toBe(before)
})

test('where no release is made of it, such a link is told', async () => {
  const name = uniqueName('told')
  await world.must('init', name, '--mode', 'final', '--installer', 'auto')
  const clone = await world.clone(name, { 'index.html': 'x' })
  await linked(clone)
  const ended = await clone.push()
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toContain(leadsOut)
})

test('a tag that comes late on the commit that runs is known after the next deployment', async () => {
  const { name, clone } = await pushed('tagged', { 'server.js': server('process.env.CORPUS_TAG', ", '127.0.0.1'") })
  expect(await answer(name)).toBe('200 undefined')
  await clone.git('tag', '-a', 'v1.0', '-m', 'one')
  await clone.push('corpus', 'v1.0')
  await world.must('deploy', name)
  expect(await answer(name)).toBe('200 v1.0')
  const pids = async () => (await statusOf(world, name)).processes.map(one => one.pid)
  const before = await pids()
  await world.must('deploy', name)
  expect(await pids()).toEqual(before)
})

test('an application that lists its folder does not give away where git keeps what it has', async () => {
  const { name, ended } = await pushed('lister', {
    Procfile: 'web: python3 -m http.server --bind 127.0.0.1 $PORT\n',
    'a/b.txt': 'b',
  })
  expect(ended.status, ended.stderr).toBe(0)
  await eventually('it answers', async () => (await answer(name, '/a/b.txt')) === '200 b')
  for (const path of ['/.git', '/.git/config', '/a/.git/HEAD']) expect(await answer(name, path)).toMatch(/^404/)
})

test('that an application listens on all interfaces is said once, not with each push', async () => {
  const { name, clone, ended } = await pushed('open', { 'server.js': server('1', '') })
  const sentence = 'listens on all interfaces'
  expect(ended.status, ended.stderr).toBe(0)
  const isClosed = process.getuid?.() === 0
  expect(ended.stderr.includes(sentence)).toBe(!isClosed)
  await clone.commit({ 'server.js': server('2', '') })
  const second = await clone.push()
  expect(second.status, second.stderr).toBe(0)
  expect(second.stderr).not.toContain(sentence)
  expect(await answer(name)).toBe('200 2')
})
