/** Several pushes at once: one is deployed at a time, the newest wins, and everybody is told what became of theirs. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

interface Row {
  status: string
  commit: string
  current: boolean
}
const index = (name: string) => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')
const waitsFor = (began: string, gate: string) =>
  `wait:\n  cmd.run:\n    - name: "touch ${began}; while [ ! -e ${gate} ]; do sleep 0.05; done"\n`

test('pushes during a deployment wait; of those the newest is deployed and the others are told', async () => {
  const name = uniqueName('line')
  const [began, gate] = [join(world.scratch, 'began'), join(world.scratch, 'gate')]
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'zero\n', '.salt/configure.sls': waitsFor(began, gate) })
  const first = clone.push()
  await eventually('the first is under way', () => existsSync(began))
  const waiting: Promise<{ status: number; stderr: string }>[] = []
  const commits: string[] = []
  for (const word of ['one', 'two', 'three']) {
    commits.push(await clone.commit({ 'index.html': `${word}\n` }))
    const before = await world.ref(name, 'master')
    waiting.push(clone.push())
    await eventually(`${word} has arrived`, async () => (await world.ref(name, 'master')) !== before)
  }
  expect(await world.json('status', name)).toMatchObject({ state: 'deploying' })
  const busy = await world.corpus('config', 'set', name, 'keep_archives=2')
  expect(busy.status).toBe(5)
  expect(busy.stderr).toContain('PROJECT_BUSY')
  writeFileSync(gate, '')
  expect((await first).status).toBe(0)
  const [one, two, three] = await Promise.all(waiting)
  expect(one?.stderr).toContain('superseded by the newer push')
  expect(two?.stderr).toContain('superseded by the newer push')
  expect(three?.stderr).toContain('deployed in')
  expect([one?.status, two?.status, three?.status]).toEqual([0, 0, 0])
  expect(index(name)).toBe('three\n')
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: commits[2] })
  const rows = await world.json<Row[]>('releases', name)
  expect(rows.map(row => row.status)).toEqual(['succeeded', 'superseded', 'superseded', 'succeeded'])
})

test('of two forced pushes at the same moment, what is live is what the branch says', async () => {
  const name = uniqueName('race')
  await world.must('init', name, '--mode', 'final')
  const clones = [
    await world.clone(name, { 'index.html': 'left\n' }),
    await world.clone(name, { 'index.html': 'right\n' }),
  ]
  for (let round = 0; round < 4; round++) {
    for (const [at, clone] of clones.entries()) await clone.commit({ 'index.html': `${at} ${round}\n` })
    const pushed = await Promise.all(clones.map(clone => clone.push('--force', 'corpus', 'HEAD:master')))
    expect(pushed.some(one => one.status === 0)).toBe(true)
    const master = await world.ref(name, 'master')
    const shown = await world.run([
      'git',
      '--git-dir',
      world.path(name, 'git', 'project.git'),
      'show',
      'master:index.html',
    ])
    expect(index(name)).toBe(shown.stdout)
    expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: master })
  }
})

test.each([
  ['runs already', false],
  ['waits as well', true],
])('a push whose hook was slow gives way to one that came upon it and %s', async (_, waits) => {
  const name = uniqueName('slow')
  const [slow, began, gate] = ['slow', 'began', 'gate'].map(word => join(world.scratch, `${word}-${name}`)) as [
    string,
    string,
    string,
  ]
  writeFileSync(gate, '')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'zero\n', '.salt/configure.sls': waitsFor(began, gate) })
  expect(await clone.push()).toMatchObject({ status: 0 })
  for (const file of [began, gate]) rmSync(file)
  const hook = world.path(name, 'git', 'project.git', 'hooks', 'reference-transaction')
  const hold = `while [ -e '${slow}' ]; do sleep 0.02; done`
  writeFileSync(hook, `#!/bin/sh\n[ "$1" = committed ] && grep -q heads/master && [ ! -e '${slow}.was' ] || exit 0\n`)
  writeFileSync(hook, `touch '${slow}.was'; ${hold}; exit 0\n`, { flag: 'a' })
  chmodSync(hook, 0o755)
  writeFileSync(slow, '')
  if (!waits) writeFileSync(gate, '')
  const under = waits ? world.corpus('deploy', name) : null
  if (waits) await eventually('a deployment is under way', () => existsSync(began))
  const older = await clone.commit({ 'index.html': 'older\n' })
  const first = clone.push()
  await eventually('the older has arrived', async () => (await world.ref(name, 'master')) === older)
  const newer = await clone.commit({ 'index.html': 'newer\n' })
  const second = clone.push()
  const requests = () => readdirSync(world.path(name, 'deployments', 'queue')).filter(one => !one.startsWith('.'))
  if (waits) await eventually('the newer waits', () => requests().length === 1)
  else expect(await second).toMatchObject({ status: 0 })
  rmSync(slow)
  if (waits) await eventually('the older waits', () => requests().length === 2)
  writeFileSync(gate, '')
  expect((await first).stderr).toContain('superseded by the newer push')
  expect(await second).toMatchObject({ status: 0 })
  await under
  expect(index(name)).toBe('newer\n')
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: newer })
})

test('when the one under way fails, the one that waits is deployed all the same', async () => {
  const name = uniqueName('next')
  const [began, gate] = [join(world.scratch, 'began-next'), join(world.scratch, 'gate-next')]
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, {
    'index.html': 'bad\n',
    '.salt/configure.sls': `${waitsFor(began, gate)}fails:\n  cmd.run:\n    - name: "false"\n`,
  })
  const bad = clone.push()
  await eventually('the first is under way', () => existsSync(began))
  const commit = await clone.commit({ 'index.html': 'good\n', '.salt/configure.sls': null })
  const good = clone.push()
  await eventually('the second has arrived', async () => (await world.ref(name, 'master')) === commit)
  writeFileSync(gate, '')
  expect((await bad).status).not.toBe(0)
  expect((await bad).stderr).toContain('has moved on and stays')
  expect((await good).status).toBe(0)
  expect(index(name)).toBe('good\n')
  expect(await world.ref(name, 'master')).toBe(commit)
})

test('a submodule with a relative address is sought where the project came from; where nobody said that, it is asked for', async () => {
  const hub = join(world.scratch, 'hub')
  await world.run(['git', 'init', '-q', join(hub, 'library')])
  writeFileSync(join(hub, 'library', 'lib.txt'), 'lib\n')
  await world.run(['git', '-C', join(hub, 'library'), 'add', '-A'])
  await world.run(['git', '-C', join(hub, 'library'), 'commit', '-qm', 'One'])
  const name = uniqueName('relative')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'x\n' })
  await clone.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', join(hub, 'library'), 'library')
  await clone.commit({ '.gitmodules': '[submodule "library"]\n\tpath = library\n\turl = ../library\n' })
  const failed = await clone.push()
  expect(failed.status).toBe(1)
  expect(failed.stderr).toContain('The submodule library was not fetched from ../library, which is meant from where')
  expect(failed.stderr).toContain(`corpus config set ${name} origin=URL`)
  await world.must('config', 'set', name, `origin=${join(hub, 'project')}`)
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(world.path(name, 'project', 'library', 'lib.txt'), 'utf8')).toBe('lib\n')
})

test('submodules arrive, at the commits that the project names', async () => {
  const library = join(world.scratch, 'library')
  const inLibrary = (...args: string[]) => world.run(['git', '-C', library, ...args])
  await world.run(['git', 'init', '-q', library])
  writeFileSync(join(library, 'lib.txt'), 'lib 1\n')
  await inLibrary('add', '-A')
  await inLibrary('commit', '-qm', 'One')
  const name = uniqueName('sub')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'with a library\n' })
  const added = await clone.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library, 'vendor/library')
  expect(added.status).toBe(0)
  await clone.commit({})
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('deployed in')
  const text = () => readFileSync(world.path(name, 'project', 'vendor', 'library', 'lib.txt'), 'utf8')
  expect(text()).toBe('lib 1\n')
  // The next release has it too, and then a newer one; going back brings the older.
  await clone.commit({ 'index.html': 'next\n' })
  expect((await clone.push()).status).toBe(0)
  expect(text()).toBe('lib 1\n')
  writeFileSync(join(library, 'lib.txt'), 'lib 2\n')
  await inLibrary('commit', '-qam', 'Two')
  await world.run(['git', '-C', join(clone.folder, 'vendor', 'library'), 'pull', '-q'])
  await clone.commit({})
  expect((await clone.push()).status).toBe(0)
  expect(text()).toBe('lib 2\n')
  expect((await world.corpus('rollback', name)).status).toBe(0)
  expect(text()).toBe('lib 1\n')
  // One that cannot be fetched fails the deployment, and what runs stays.
  await clone.git('reset', '-q', '--hard', 'HEAD~1')
  await clone.commit({
    '.gitmodules': '[submodule "vendor/library"]\n\tpath = vendor/library\n\turl = /nonexistent/library\n',
  })
  const failed = await clone.push('--force', 'corpus', 'HEAD:master')
  expect(failed.stderr).toContain('The submodule vendor/library was not fetched from /nonexistent/library.')
  expect(failed.stderr.match(/fatal: .*does not appear to be a git repository/g)).toHaveLength(1)
  expect(failed.status).not.toBe(0)
  expect(failed.stderr).toContain('GIT_FAILED')
  expect(text()).toBe('lib 1\n')
})

test('state files that are a submodule arrive, and make way again', async () => {
  const states = join(world.scratch, 'states')
  await world.run(['git', 'init', '-q', states])
  writeFileSync(join(states, '010_hello.sls'), 'hello:\n  test.nop: []\n')
  await world.run(['git', '-C', states, 'add', '-A'])
  await world.run(['git', '-C', states, 'commit', '-qm', 'One'])
  const name = uniqueName('salt')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  const files = () => readdirSync(world.path(name, 'project', '.salt'))
  await eventually('a copy is ready', () => existsSync(world.path(name, 'corpus', 'spare', 'copy-of')))
  await clone.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', states, '.salt')
  for (const word of ['two', 'three']) {
    await clone.commit({ 'index.html': `${word}\n` })
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(files()).toContain('010_hello.sls')
    await eventually('a copy is ready', () => existsSync(world.path(name, 'corpus', 'spare', 'copy-of')))
  }
  await clone.git('rm', '-q', '-f', '.salt')
  await clone.commit({ '.salt/build.sls': '# ours\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(files()).not.toContain('010_hello.sls')
  expect(readFileSync(world.path(name, 'project', '.salt', 'build.sls'), 'utf8')).toBe('# ours\n')
})

test('a push from a shallow clone is decided before anything is deployed', async () => {
  const name = uniqueName('shallow')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  await clone.commit({ 'index.html': 'two\n' })
  const shallow = join(world.scratch, 'shallow')
  await world.run(['git', 'clone', '-q', '--depth=1', `file://${clone.folder}`, shallow])
  await world.must('remote', 'add', name, '--folder', shallow)
  const pushed = await world.run(['git', '-C', shallow, 'push', 'corpus', 'HEAD:master'])
  // git does not take a history without its beginning; nothing may have been deployed from it.
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('shallow update not allowed')
  expect(await world.json('status', name)).toMatchObject({ state: 'new', commit: null })
  expect(await world.json('releases', name)).toEqual([])
  // On top of what is there already, the same clone may push.
  expect((await clone.push()).status).toBe(0)
  await world.run(['git', '-C', shallow, 'commit', '-q', '--allow-empty', '-m', 'Three'])
  const second = await world.run(['git', '-C', shallow, 'push', 'corpus', 'HEAD:master'])
  expect(second.stderr).toContain('deployed in')
  expect(second.status).toBe(0)
})
