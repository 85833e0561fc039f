/** What people read of a push: an address that carries the status, and lines that say what happened. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('said')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
})
afterAll(() => world.dispose())

test('over a bare path the push ends with a warning that its status says nothing; a remote of ours has no need of it', async () => {
  const clone = await world.clone(name, { Procfile: 'web: false\n' })
  const bare = await clone.git('push', world.path(name, 'git', 'project.git'), 'HEAD:master')
  expect([bare.status, bare.stderr]).toEqual([0, expect.stringContaining('ROLLED BACK')])
  const lines = bare.stderr.split('\n').filter(line => line.startsWith('remote: '))
  expect(lines.at(-2)).toMatch(/^remote: corpus: WARNING: the status of this git push says nothing/)
  expect(lines.at(-1)).toContain(`\`corpus remote add ${name}\``)
  const ours = await clone.push()
  expect(ours.status).toBe(1)
  expect(ours.stderr).not.toContain('WARNING: the status')
})

test('what is printed as an address carries the status', async () => {
  const { stdout } = await world.must('report', name)
  expect(stdout).toMatch(/^project {2}ssh:\/\//)
  const commands = stdout.split('\n').filter(line => line.startsWith('git '))
  const clone = await world.clone(name, { Procfile: 'web: false\n', more: 'x' })
  await clone.git('remote', 'remove', 'corpus')
  for (const command of commands) await world.run(['sh', '-c', command], { cwd: clone.folder })
  expect((await clone.push('-f', 'corpus', 'HEAD:master')).status).toBe(1)
})

const state = (id: string, command: string) => `${id}:\n  cmd.run:\n    - name: "${command}"\n`

test('a push says what it deploys by a short name and the subject, and one line of each procedure that did something', async () => {
  const other = uniqueName('lines')
  await world.must('init', other, '--mode', 'final')
  const clone = await world.clone(other, { '.salt/configure.sls': state('settings written', 'echo of the tool') })
  await clone.commit({}, 'Mend the cart\n\nMore of it.')
  const first = await clone.push()
  const lines = first.stderr.split('\n').map(line => line.replace(/^remote: /, '').trimEnd())
  expect(lines).toContainEqual(
    expect.stringMatching(new RegExp(`s {2}${other} v1 \\(final\\): Mend the cart \\([0-9a-f]{10}\\)$`)),
  )
  expect(lines).toContainEqual(expect.stringMatching(/s {4}settings written$/))
  expect(lines).toContain('          | of the tool')
  expect(first.stderr).not.toMatch(/cmd\.run|skipped| run\n/)
  for (const silent of ['trigger', 'archive', 'upgrade']) expect(first.stderr).not.toContain(`s  ${silent}`)
  expect(lines).toContainEqual(expect.stringMatching(/^success: {2}deployed in .*; v1 runs$/))
  const whole = await clone.push('-o', 'verbose', 'corpus', 'HEAD:master')
  expect(whole.status).toBe(0)
  await clone.commit({ more: 'x' }, 'More')
  const verbose = await clone.push('-o', 'verbose', 'corpus', 'HEAD:master')
  expect(verbose.stderr).toMatch(/s {2}trigger *\n/)
  expect(verbose.stderr).toMatch(/s {2}\* build: skipped, built once, in cooking/)
  // What was left out is still there for whoever asks.
  expect((await world.must('logs', other, '--deployment', 'v1', '--verbose')).stdout).toContain('* build: skipped')
  expect((await world.must('logs', other, '--deployment', 'v1')).stdout).toContain('Mend the cart')
})

test('what fails first is told with what the tool said, whole, and git can colour it', async () => {
  const other = uniqueName('fails')
  await world.must('init', other, '--mode', 'final')
  const words = Array.from({ length: 60 }, (_, at) => `line ${at}`)
  const clone = await world.clone(other, {
    '.salt/configure.sls': state(
      'tool runs',
      `for l in ${words.map((_, at) => at).join(' ')}; do echo line $l; done; exit 3`,
    ),
  })
  const pushed = await clone.push()
  expect(pushed.status).toBe(1)
  for (const word of words) expect(pushed.stderr).toContain(`| ${word}`)
  const lines = pushed.stderr.split('\n').map(line => line.replace(/^remote: /, '').trimEnd())
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}error: {4}FAILED /))
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}error: {2}STATES_FAILED: /))
  expect(lines).toContainEqual(expect.stringMatching(/^ {3}hint: {2}/))
})

test('releases have short names that count up, whatever became of them, and each is taken wherever a release is', async () => {
  const other = uniqueName('names')
  await world.must('init', other, '--mode', 'final')
  const clone = await world.clone(other, { 'index.html': 'one\n' })
  await clone.push()
  await clone.commit({ '.salt/configure.sls': state('breaks', 'false') }, 'Bad')
  expect((await clone.push()).stderr).toContain('ROLLED BACK; v1 runs')
  await clone.commit({ '.salt/configure.sls': null, 'index.html': 'three\n' }, 'Good')
  await clone.push()
  const rows = await world.json<{ name: string; status: string; subject: string }[]>('releases', other)
  expect(rows.map(({ name, status, subject }) => [name, status, subject])).toEqual([
    ['v3', 'succeeded', 'Good'],
    ['v2', 'rolled back', 'Bad'],
    ['v1', 'succeeded', 'First'],
  ])
  expect(await world.json('status', other)).toMatchObject({ release_name: 'v3', subject: 'Good' })
  expect((await world.must('status', other)).stdout).toMatch(/^release +v3 {2}\d{8}T/m)
  expect((await world.corpus('rollback', other, 'v2')).status).toBe(4)
  const back = await world.must('rollback', other, 'v1')
  expect(back.stdout).toMatch(/going back to v1 \([0-9a-f]{10}: First\), from v3 \([0-9a-f]{10}: Good\)/)
  expect(back.stdout).toContain('; v1 runs')
})

test('rollback twice goes back and forth, and says which variables went with it', async () => {
  const other = uniqueName('forth')
  await world.must('init', other, '--mode', 'final')
  const clone = await world.clone(other, { 'index.html': 'one\n' })
  await world.must('env', 'set', other, 'COLOUR=red')
  await clone.push()
  await world.must('env', 'set', other, 'COLOUR=blue', 'SIZE=1')
  await clone.commit({ 'index.html': 'two\n' })
  await clone.push()
  const current = async () => (await world.json<{ release_name: string }>('status', other)).release_name
  const back = await world.must('rollback', other)
  expect(back.stdout).toContain('COLOUR, SIZE are again what the release ran with')
  expect(await current()).toBe('v1')
  await world.must('rollback', other)
  expect(await current()).toBe('v2')
  await world.must('rollback', other)
  expect(await current()).toBe('v1')
})

test('a clock that was set back changes neither what ran before nor which deployment is the newest', async () => {
  const other = uniqueName('clock')
  await world.must('init', other, '--mode', 'final', '--set', 'keep_archives=2')
  const clone = await world.clone(other, { 'index.html': 'one\n' })
  await clone.push()
  await clone.commit({ 'index.html': 'two\n' })
  await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')
  const tomorrowsClock = join(world.scratch, 'ahead.cjs')
  const days = 3
  writeFileSync(
    tomorrowsClock,
    `const D = Date; globalThis.Date = class extends D { constructor(...a) { if (a.length) super(...a); else super(D.now() + ${days * 86_400_000}) } static now() { return D.now() + ${days * 86_400_000} } }`,
  )
  const node = join(home, 'node_modules', '.bin', 'node')
  const tomorrow = [node, '-r', tomorrowsClock, join(home, 'dist', 'main.cjs'), 'deploy', other]
  expect((await world.run(tomorrow)).status).toBe(0)
  const second = await world.json<{ release: string }>('status', other)
  for (const text of ['three\n', 'four\n', 'five\n']) {
    await clone.commit({ 'index.html': text })
    expect((await clone.push()).status).toBe(0)
    if (text !== 'three\n') continue
    await world.must('rollback', other)
    expect(await world.json('status', other)).toMatchObject({ release: second.release })
    await world.must('rollback', other)
  }
  const rows = await world.json<{ name: string; release: string; current: boolean }[]>('releases', other)
  expect(rows.map(row => row.name)).toEqual(['v5', 'v4', 'v3', 'v2', 'v1'])
  expect((await world.must('logs', other)).stdout).toContain(`${other} v5 (final)`)
  // The one of the future is rotated away as any other.
  await eventually('it is gone', () => !existsSync(world.path(other, 'archives', 'deployed', second.release)))
})

test('of a process that dies at its start the error is shown that it began with, whatever it says after that', async () => {
  const other = uniqueName('dies')
  await world.must('init', other, '--mode', 'final', '--installer', 'procfile')
  const after = Array.from({ length: 60 }, (_, at) => `echo after ${at};`).join(' ')
  const clone = await world.clone(other, {
    Procfile: `web: sh dies.sh\n`,
    'dies.sh': `echo THE ERROR; ${after} exit 1\n`,
  })
  const pushed = await clone.push()
  expect(pushed.status).toBe(1)
  expect(pushed.stderr).toMatch(/\| THE ERROR/)
  expect(pushed.stderr).toMatch(/\| after 59/)
})

test('a branch or tag that deploys nothing is said to be stored only, with what would deploy', async () => {
  const other = uniqueName('stored')
  await world.must('init', other, '--mode', 'final')
  const clone = await world.clone(other, { 'index.html': 'one\n' })
  await clone.git('tag', 'v1.0')
  const stored = await clone.push('corpus', 'HEAD:refs/heads/feature/cart', 'v1.0')
  expect(stored.status).toBe(0)
  expect(stored.stderr).toMatch(/corpus: stored only, not deployed: feature\/cart, v1\.0 *\n/)
  expect(stored.stderr).toContain('a push of master deploys: git push REMOTE HEAD:master (or main)')
  expect(await world.json('status', other)).toMatchObject({ state: 'new' })
  const deleted = await clone.push('corpus', ':refs/heads/feature/cart')
  expect([deleted.status, deleted.stderr]).toEqual([0, expect.not.stringContaining('stored only')])
  const both = await clone.push('corpus', 'HEAD:master', 'HEAD:other')
  expect(both.stderr).toContain('not deployed: other')
  expect(both.stderr).toContain('deployed in')
})

test('a pillar that has settings of another project alone is refused; beside its own they may stand', async () => {
  const other = uniqueName('pillar')
  await world.must('init', other, '--mode', 'final')
  const pillar = await world.clonePillar(other)
  await pillar.commit({ 'init.sls': 'makina-projects.shop:\n  data: {port: 1}\n' })
  const refused = await pillar.push()
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain(
    `PILLAR_INVALID: This is the pillar of ${other}, and what was pushed has settings of shop alone.`,
  )
  await pillar.commit({ 'init.sls': `makina-projects.shop:\n  data: {}\nmakina-projects.${other}.data.port: 1\n` })
  expect((await pillar.push()).status).toBe(0)
})

test('a line of the Procfile that dies at once fails the push, however soon it is started again, and how to leave it out is said', async () => {
  const other = uniqueName('rake')
  await world.must('init', other, '--mode', 'final', '--installer', 'procfile')
  const clone = await world.clone(other, { Procfile: 'clock: sleep 1000\nrake: false\nworker: sleep 1000\n' })
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('SERVICE_DIED: rake.1 ')
  expect(pushed.stderr).toContain('It said nothing. Its command is: false')
  expect(pushed.stderr).toContain(`corpus config set ${other} scale.rake=0 leaves it out`)
  expect(pushed.status).toBe(1)
  await world.must('config', 'set', other, 'scale.rake=0')
  expect((await clone.push()).stderr).toMatch(/healthy: clock\.1, worker\.1/)
})
