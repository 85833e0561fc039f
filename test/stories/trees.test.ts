/** Releases that are kept stay what they were: whatever writes in place writes into its own tree. Going back finds them whole. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

interface Row {
  release: string
  status: string
  commit: string
  current: boolean
}
const rows = (name: string) => world.json<Row[]>('releases', name)
const archived = (name: string, release: string | undefined, file: string) =>
  world.path(name, 'archives', 'deployed', release ?? 'none', 'project', file)
const project = (name: string, file: string) => readFileSync(world.path(name, 'project', file), 'utf8')
const newest = async (name: string) => (await rows(name))[0]?.release

async function pushed(clone: Clone): Promise<void> {
  const ended = await clone.push()
  expect(ended.stderr).toContain('deployed in')
  expect(ended.status).toBe(0)
}

test.each(['configure.sls', 'upgrades/001_step.sls'])(
  'unchanged files of releases on which nothing runs are one file on the disk until %s comes; a changed one never is',
  async file => {
    const name = uniqueName('linked')
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': 'one\n', 'large.bin': 'x'.repeat(100_000) })
    await pushed(clone)
    const first = await newest(name)
    await clone.commit({ 'index.html': 'two\n' })
    await pushed(clone)
    const second = await newest(name)
    const inode = (release: string | undefined, path: string) => statSync(archived(name, release, path)).ino
    expect(inode(first, 'large.bin')).toBe(inode(second, 'large.bin'))
    expect(inode(first, 'index.html')).not.toBe(inode(second, 'index.html'))

    // The first state file that comes gets files of its own, before it runs.
    await clone.commit({
      [`.salt/${file}`]:
        'write in place:\n  cmd.run:\n    - name: for f in index.html large.bin; do echo appended >> $f; done\n    - cwd: {{ cfg.project_root }}\n',
    })
    await pushed(clone)
    expect(project(name, 'index.html')).toBe('two\nappended\n')
    expect(readFileSync(archived(name, second, 'index.html'), 'utf8')).toBe('two\n')
    expect(readFileSync(archived(name, first, 'index.html'), 'utf8')).toBe('one\n')
    expect(readFileSync(archived(name, first, 'large.bin'), 'utf8')).toHaveLength(100_000)
    expect(readFileSync(archived(name, second, 'large.bin'), 'utf8')).toHaveLength(100_000)
  },
)

test('procedure files are added to each tree that has none of its own, whatever commits bring, take away and put back', async () => {
  const name = uniqueName('dress')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  await pushed(clone)
  const files = () => readdirSync(world.path(name, 'project', '.salt')).sort()
  const all = files()
  const plain = project(name, '.salt/install.sls')
  expect(all).toHaveLength(14)
  expect(plain).toContain('generic has nothing of its own')
  for (const [change, content] of [
    [{ 'index.html': 'two\n' }, plain],
    [{ '.salt/install.sls': '# ours\n' }, '# ours\n'],
    [{ 'index.html': 'three\n' }, '# ours\n'],
    [{ '.salt/install.sls': null, 'index.html': 'four\n' }, plain],
    [{ 'index.html': 'five\n' }, plain],
  ] as const) {
    await clone.commit(change)
    await pushed(clone)
    expect([files(), project(name, '.salt/install.sls')]).toEqual([all, content])
  }
  // Those of another installer take the place of those that nobody touched.
  await world.must('config', 'set', name, 'installer=static')
  await clone.commit({ 'index.html': 'six\n' })
  await pushed(clone)
  expect([files(), project(name, '.salt/install.sls')]).toEqual([all, plain.replace('generic', 'static')])
  // One that git refuses comes and goes in the prepared tree before it is refused.
  await clone.commit({ '.salt/install.sls': '# refused\n' })
  const hook = world.path(name, 'git', 'project.git', 'hooks', 'reference-transaction')
  writeFileSync(hook, '#!/bin/sh\n[ "$1" != prepared ]\n', { mode: 0o755 })
  expect((await clone.push()).status).not.toBe(0)
  rmSync(hook)
  await clone.commit({ '.salt/install.sls': null, 'index.html': 'seven\n' })
  await pushed(clone)
  expect([files(), project(name, '.salt/install.sls')]).toEqual([all, plain.replace('generic', 'static')])
})

test('a build that writes into tracked files in place starts from what was committed, each time', async () => {
  const name = uniqueName('inplace')
  await world.must('init', name, '--mode', 'cooking')
  const clone = await world.clone(name, {
    'index.html': 'index\n',
    '.salt/build.sls':
      'write in place:\n  cmd.run:\n    - name: echo built >> index.html; echo made > made.txt\n    - cwd: {{ cfg.project_root }}\n',
  })
  await pushed(clone)
  const first = await newest(name)
  for (const word of ['a', 'b']) {
    await clone.commit({ other: word })
    await pushed(clone)
    expect(project(name, 'index.html')).toBe('index\nbuilt\n')
    expect(readFileSync(archived(name, first, 'index.html'), 'utf8')).toBe('index\nbuilt\n')
  }
  // What a failed one wrote does not reach those before it either.
  await clone.commit({
    '.salt/post_install.sls': 'broken:\n  cmd.run:\n    - name: echo x >> {{ cfg.project_root }}/index.html; false\n',
  })
  expect((await clone.push()).status).not.toBe(0)
  expect(project(name, 'index.html')).toBe('index\nbuilt\n')
  expect(existsSync(world.path(name, 'project', '.salt', 'made.txt'))).toBe(false)
})

test.each([
  ['puts a link to the data in place of', 'rm -r kept; ln -s {{ cfg.data_root }} kept'],
  ['puts a file in place of', 'rm -r kept; echo x > kept'],
  ['closes', 'chmod 000 kept/deep/f; chmod 700 kept'],
])('a folder that a release %s is as it was committed in the next', async (_, command) => {
  const name = uniqueName('instead')
  await world.must('init', name, '--mode', 'final')
  const instead = `x:\n  cmd.run:\n    - name: ${command}\n    - cwd: {{ cfg.project_root }}\n`
  const clone = await world.clone(name, { 'kept/deep/f': 'x\n', '.salt/install.sls': instead })
  await pushed(clone)
  await clone.commit({ '.salt/install.sls': null })
  await pushed(clone)
  expect(project(name, 'kept/deep/f')).toBe('x\n')
  expect(statSync(world.path(name, 'project', 'kept')).mode & 0o777).toBe(0o755)
  expect(statSync(world.path(name, 'project', 'kept', 'deep', 'f')).mode & 0o777).toBe(0o644)
})

test('going back to any kept release, and forth again, by its id or the beginning of it', async () => {
  const name = uniqueName('back')
  await world.must('init', name, '--mode', 'final', '--set', 'keep_archives=2')
  const clone = await world.clone(name, { 'index.html': '0\n' })
  await pushed(clone)
  for (const n of [1, 2, 3]) {
    await clone.commit({ 'index.html': `${n}\n` })
    await pushed(clone)
  }
  const [third, second, first, gone] = await rows(name)
  expect(existsSync(archived(name, first?.release, 'index.html'))).toBe(true)
  expect(existsSync(archived(name, gone?.release, 'index.html'))).toBe(false)
  const back = await world.corpus('rollback', name, first?.release ?? '')
  expect(back.status).toBe(0)
  expect(project(name, 'index.html')).toBe('1\n')
  expect(await world.ref(name, 'master')).toBe(first?.commit)
  expect((await rows(name)).find(row => row.current)?.release).toBe(first?.release)
  const forth = await world.corpus('rollback', name, third?.release.slice(0, 20) ?? '', '--json')
  expect(forth.status).toBe(0)
  expect(JSON.parse(forth.stdout)).toMatchObject({ kind: 'rollback', status: 'succeeded' })
  expect(project(name, 'index.html')).toBe('3\n')
  // What ran before is what was gone back to.
  expect((await world.corpus('rollback', name)).status).toBe(0)
  expect(project(name, 'index.html')).toBe('1\n')
  expect((await world.corpus('rollback', name, second?.release ?? '')).status).toBe(0)
  expect(project(name, 'index.html')).toBe('2\n')
  expect((await rows(name)).find(row => row.current)?.release).toBe(second?.release)
  for (const unknown of [
    gone?.release ?? '',
    '20990101T000000000Z-00000000-0000-0000-0000-000000000000',
    '2',
    '../..',
    '-x',
    '',
  ]) {
    const refused = await world.corpus('rollback', name, '--', unknown)
    expect([unknown, refused.status === 0]).toEqual([unknown, false])
    expect(project(name, 'index.html')).toBe('2\n')
  }
  // A push on top of an older release is a push as any other.
  await clone.commit({ 'index.html': '4\n' })
  await pushed(clone)
  expect(project(name, 'index.html')).toBe('4\n')
})

test('back is to what ran before, not to what was gone back from, however few are kept', async () => {
  const name = uniqueName('bad')
  await world.must('init', name, '--mode', 'final', '--set', 'keep_archives=1')
  const clone = await world.clone(name, { 'index.html': 'good\n' })
  await pushed(clone)
  for (const word of ['bad', 'bad again']) {
    await clone.commit({ 'index.html': `${word}\n` })
    expect((await clone.push('--force', 'corpus', 'HEAD:master')).status).toBe(0)
    expect(project(name, 'index.html')).toBe(`${word}\n`)
    expect((await world.corpus('rollback', name)).status).toBe(0)
    expect(project(name, 'index.html')).toBe('good\n')
  }
  // Once more is forth again.
  expect((await world.corpus('rollback', name)).status).toBe(0)
  expect(project(name, 'index.html')).toBe('bad again\n')
})

test('with nothing to go back to, that is said', async () => {
  const name = uniqueName('only')
  await world.must('init', name, '--mode', 'final')
  const before = await world.corpus('rollback', name)
  expect(before.status).toBe(4)
  expect(before.stderr).toContain('NOTHING_TO_GO_BACK_TO')
  await pushed(await world.clone(name, { 'index.html': 'x\n' }))
  expect((await world.corpus('rollback', name)).status).toBe(4)
  expect(project(name, 'index.html')).toBe('x\n')
})

test('settings that a failed release saved go back with it, and going back brings those of its release', async () => {
  const name = uniqueName('settings')
  await world.must('init', name, '--mode', 'final', '--set', 'data.colour=red')
  const colour = async () => (await world.must('config', 'get', name, 'data.colour')).stdout.trim()
  const sets = (value: string) =>
    `{% do salt['mc_project.set_configuration'](cfg.name, {'data': {'colour': '${value}'}}) %}\nset:\n  test.nop: []\n`
  const clone = await world.clone(name, { 'index.html': 'x\n' })
  await pushed(clone)
  expect(await colour()).toBe('red')
  await clone.commit({
    '.salt/configure.sls': sets('black'),
    '.salt/post_install.sls': 'broken:\n  cmd.run:\n    - name: "false"\n',
  })
  expect((await clone.push()).status).not.toBe(0)
  expect(await colour()).toBe('red')
  await clone.commit({ '.salt/configure.sls': sets('green'), '.salt/post_install.sls': null })
  await pushed(clone)
  expect(await colour()).toBe('green')
  expect((await world.corpus('rollback', name)).status).toBe(0)
  expect(await colour()).toBe('red')
})

test('whatever a deployment came to, a copy of the tree that runs now is ready for the next push', async () => {
  const name = uniqueName('ready')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  await pushed(clone)
  const first = await newest(name)
  const ready = (release: string | undefined) =>
    eventually('the copy is ready', () => {
      const origin = world.path(name, 'corpus', 'spare', 'copy-of')
      return existsSync(origin) && (JSON.parse(readFileSync(origin, 'utf8')) as { release: string }).release === release
    })
  await ready(first)
  await clone.commit({ 'index.html': 'two\n' })
  await pushed(clone)
  await ready(await newest(name))
  await world.must('rollback', name)
  await ready(first)
  expect(readFileSync(world.path(name, 'corpus', 'spare', 'project', 'index.html'), 'utf8')).toBe('one\n')
  await clone.commit({ 'index.html': 'three\n', '.salt/install.sls': 'no:\n  cmd.run:\n    - name: "false"\n' })
  expect((await clone.push()).status).not.toBe(0)
  await ready(first)
})
