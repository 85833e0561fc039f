/** Pushing a pillar: validated before it lands, deployed after, and taken back when the release does not run with it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('pill')
let pillar: Clone
const written = () => readFileSync(world.path(name, 'data', 'colour'), 'utf8')
const withColour = (colour: string) => ({ 'init.sls': `makina-projects.${name}:\n  data:\n    colour: ${colour}\n` })

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  pillar = await world.clonePillar(name)
})
afterAll(() => world.dispose())

test('a pillar that comes before the first push of the project is stored, and that push deploys with it', async () => {
  await pillar.commit(withColour('red'))
  const stored = await pillar.push()
  expect(stored.stderr).toContain('the pillar is stored')
  expect(stored.status).toBe(0)
  expect(await world.json('status', name)).toMatchObject({ state: 'new' })
  const clone = await world.clone(name, {
    'index.html': 'hello\n',
    '.salt/reconfigure.sls':
      'colour:\n  cmd.run:\n    - name: test {{ cfg.data.colour }} != black && echo {{ cfg.data.colour }} > {{ cfg.data_root }}/colour\n',
  })
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('deployed in')
  expect(written()).toBe('red\n')
  expect(statSync(world.path(name, 'pillar')).mode & 0o777).toBe(0o750)
})

test('a new pillar deploys the release that runs with it, without building', async () => {
  const before = await world.json<{ release: string; commit: string }>('status', name)
  const commit = await pillar.commit(withColour('green'))
  const pushed = await pillar.push('-o', 'verbose', 'corpus-pillar', 'HEAD:master')
  expect(pushed.stderr).toContain('configure: skipped, only the pillar was pushed')
  expect(pushed.stderr).toContain('deployed in')
  expect(pushed.status).toBe(0)
  expect(written()).toBe('green\n')
  const rows = await world.json<Record<string, unknown>[]>('releases', name)
  expect(rows[0]).toMatchObject({ status: 'succeeded', pillar_commit: commit, commit: before.commit, current: true })
  expect(await world.must('config', 'get', name, 'data.colour')).toMatchObject({ stdout: 'green\n' })
})

const broken: [string, string, RegExp][] = [
  ['has a YAML error', 'a:\n  - b\n c: d\n', /init\.sls:3(:\d+)?/],
  ['has a template error', 'ok: 1\nbad: {{ nonsense( }}\n', /init\.sls:2/],
  ['is a list', '- a\n- b\n', /mapping/],
  ['is a mere word', 'just words\n', /mapping/],
  ['has settings that are no mapping', `makina-projects.NAME: [1, 2]\n`, /mapping/],
  ['has a setting of the wrong kind', `makina-projects.NAME:\n  keep_archives: many\n`, /keep_archives/],
  ['names an unknown api_version', `makina-projects.NAME:\n  api_version: 99\n`, /api_version|2/],
  ['names an unknown installer', `makina-projects.NAME:\n  installer: nonsense\n`, /nonsense/],
  ['names an unknown mode', `makina-projects.NAME:\n  mode: sideways\n`, /sideways/],
]
test.each(broken)('a pillar that %s is refused before it lands', async (_, text, place) => {
  const before = await world.ref(name, 'master', 'pillar')
  const releases = (await world.must('releases', name, '--json')).stdout
  await pillar.git('reset', '-q', '--hard', before)
  await pillar.commit({ 'init.sls': text.replaceAll('NAME', name) })
  const pushed = await pillar.push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toMatch(place)
  expect(pushed.stderr).toContain('Nothing was changed.')
  expect(await world.ref(name, 'master', 'pillar')).toBe(before)
  expect((await world.must('releases', name, '--json')).stdout).toBe(releases)
  await pillar.git('reset', '-q', '--hard', before)
})

test('a pillar with which the release does not run is taken back, with its branch', async () => {
  const before = await world.ref(name, 'master', 'pillar')
  const bad = await pillar.commit(withColour('black'))
  const pushed = await pillar.push()
  expect(pushed.stderr).toContain('reconfigure FAILED')
  expect(pushed.stderr).toContain('ROLLED BACK')
  expect(pushed.status).not.toBe(0)
  expect(written()).toBe('green\n')
  expect(readFileSync(world.path(name, 'pillar', 'init.sls'), 'utf8')).toContain('green')
  expect(await world.ref(name, 'master', 'pillar')).toBe(before)
  const rows = await world.json<{ release: string; status: string }[]>('releases', name)
  expect(rows[0]?.status).toBe('rolled back')
  expect(await world.ref(name, `refs/corpus/failed/${rows[0]?.release}`, 'pillar')).toBe(bad)
  expect(await world.must('config', 'get', name, 'data.colour')).toMatchObject({ stdout: 'green\n' })
  // The same pillar again: it is tried again, and not taken for known.
  const again = await pillar.push()
  expect(again.stderr).toContain('reconfigure FAILED')
  await pillar.git('reset', '-q', '--hard', before)
})

test('a stored pillar waits for the next deployment', async () => {
  await pillar.commit(withColour('blue'))
  const stored = await pillar.push('-o', 'no-deploy', 'corpus-pillar', 'HEAD:master')
  expect(stored.stderr).toContain('stored, not deployed')
  expect(stored.status).toBe(0)
  expect(written()).toBe('green\n')
  expect((await world.corpus('deploy', name)).status).toBe(0)
  expect(written()).toBe('blue\n')
})

test('going back brings the pillar of that release, and its branch', async () => {
  expect((await world.corpus('rollback', name)).status).toBe(0)
  expect(written()).toBe('green\n')
  const head = await world.ref(name, 'master', 'pillar')
  const rows = await world.json<{ pillar_commit: string; current: boolean }[]>('releases', name)
  expect(rows.find(row => row.current)?.pillar_commit).toBe(head)
})

test.each([
  ['deployed', []],
  ['stored', ['-o', 'no-deploy']],
])('before the first release, a pillar that fails only when it is %s makes way for the next', async (_, options) => {
  const fresh = uniqueName('first')
  await world.must('init', fresh, '--mode', 'final')
  const first = await world.clonePillar(fresh)
  const clone = await world.clone(fresh, { 'index.html': 'hello\n' })
  const push = (...more: string[]) => first.push(...more, 'corpus-pillar', 'HEAD:master')
  await first.commit({ 'init.sls': `makina-projects.${fresh}: {}\n{{ salt['cmd.run']('echo "a: ["') }}\n` })
  const pushed = await push(...options)
  if (options.length > 0) expect((await clone.push()).stderr).toContain('PILLAR_INVALID')
  else expect(pushed.stderr).toContain('PILLAR_INVALID')
  await first.commit({ 'init.sls': `makina-projects.${fresh}: {data: {colour: red}}\n` })
  expect(await push()).toMatchObject({ status: 0 })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(await world.must('config', 'get', fresh, 'data.colour')).toMatchObject({ stdout: 'red\n' })
})

test('nobody else reads the pillar', () => {
  for (const path of ['pillar', 'git/pillar.git'])
    expect(statSync(world.path(name, ...path.split('/'))).mode & 0o007).toBe(0)
  expect(existsSync(join(world.root, 'pillar', 'makina-projects', name, 'init.sls'))).toBe(true)
  writeFileSync(join(world.scratch, 'done'), '')
})

test('where the installer asks each tree, a pillar is taken before the first push and after it', async () => {
  const other = uniqueName('auto')
  await world.must('init', other, '--mode', 'final', '--installer', 'auto')
  const settings = await world.clonePillar(other)
  await settings.commit({ 'init.sls': `makina-projects.${other}:\n  data: {colour: red}\n` })
  expect(await settings.push()).toMatchObject({ status: 0, stderr: expect.stringContaining('the pillar is stored') })
  expect((await (await world.clone(other, { 'index.html': 'x\n' })).push()).status).toBe(0)
  await settings.commit({ 'init.sls': `makina-projects.${other}:\n  installer: auto\n  data: {colour: green}\n` })
  expect(await settings.push()).toMatchObject({ status: 0, stderr: expect.stringContaining('deployed in') })
  expect(await world.must('config', 'get', other, 'data.colour')).toMatchObject({ stdout: 'green\n' })
})
