/** What is refused before it lands: the refs do not move, nothing is deployed, and the sentence says what to do. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('refuse')
let clone: Clone
let good = ''
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'good\n' })
  expect((await clone.push()).status).toBe(0)
  good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
})
afterAll(() => world.dispose())

const deployments = () => readdirSync(world.path(name, 'deployments')).filter(one => /^\d{8}T/.test(one))
const index = () => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')

/** The push is refused with these words, and nothing has moved. */
async function refused(push: () => ReturnType<Clone['push']>, ...words: (string | RegExp)[]): Promise<void> {
  const before = deployments()
  const refs = await world.run(['git', '--git-dir', world.path(name, 'git', 'project.git'), 'for-each-ref'])
  const pushed = await push()
  expect(pushed.status).not.toBe(0)
  for (const word of words) expect(pushed.stderr).toMatch(word)
  expect(pushed.stderr).toContain('pre-receive hook declined')
  const after = await world.run(['git', '--git-dir', world.path(name, 'git', 'project.git'), 'for-each-ref'])
  expect(after.stdout).toBe(refs.stdout)
  expect(deployments()).toEqual(before)
  expect(index()).toBe('good\n')
}

test('a frozen project refuses with the reason, takes what is only stored, and deploys again once thawed', async () => {
  await world.must('freeze', name, '--why', 'migration until noon')
  await clone.commit({ other: 'x\n' })
  await refused(() => clone.push(), 'migration until noon', `corpus thaw ${name}`)
  expect(await world.json('status', name)).toMatchObject({ state: 'frozen', commit: good })
  const asked = await world.corpus('deploy', name)
  expect(asked.status).toBe(3)
  expect(`${asked.stdout}${asked.stderr}`).toContain('PROJECT_FROZEN')
  expect(index()).toBe('good\n')
  expect((await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
  await world.must('thaw', name)
  expect((await world.corpus('deploy', name)).status).toBe(0)
  good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good })
})

test('too little room on the disk is refused before anything moves', async () => {
  await world.must('config', 'set', name, 'min_free_megabytes=900000000')
  await clone.commit({ other: 'y\n' })
  await refused(() => clone.push(), /Only \d+ MB are free/, 'Make room')
  const asked = await world.corpus('deploy', name)
  expect(asked.status).not.toBe(0)
  expect(`${asked.stdout}${asked.stderr}`).toContain('DISK_LOW')
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good })
  await world.must('config', 'unset', name, 'min_free_megabytes')
})

test('two deploy branches at once are refused, one by one they deploy', async () => {
  await refused(() => clone.push('corpus', 'HEAD:master', 'HEAD:main'), /main and master|master and main/, 'one by one')
})

const faults: [string, string, string, RegExp[]][] = [
  ['a YAML error', 'build.sls', 'a:\n  cmd.run:\n    - name: "x\n', [/\.salt\/build\.sls:\d+:\d+/]],
  ['a tab in its YAML', '010_app.sls', 'a:\n\tcmd.run: []\n', [/\.salt\/010_app\.sls:2:\d+/]],
  ['a template error', 'configure.sls', 'a:\n  test.nop: []\n{% if %}\n', [/\.salt\/configure\.sls:3:\d+/]],
  [
    'a variable that nobody set',
    'configure.sls',
    'a:\n  test.nop:\n    - name: {{ nobody }}\n',
    [/configure\.sls:3/, /nobody/],
  ],
  ['a state that nobody knows', 'install.sls', 'a:\n  pkg.nonsense: []\n', [/install\.sls:\d+/, /nonsense/]],
  [
    'a circle of requisites',
    '020_circle.sls',
    'a:\n  test.nop:\n    - require:\n      - test: b\nb:\n  test.nop:\n    - require:\n      - test: a\n',
    [/020_circle\.sls/],
  ],
]
test.each(faults)('a .salt file with %s is refused: file, line and column are named', async (_, file, text, words) => {
  await clone.git('reset', '-q', '--hard', good)
  await clone.commit({ [`.salt/${file}`]: text })
  await refused(() => clone.push(), 'STATES_INVALID', 'Nothing was changed', ...words)
})

test.each([
  ['a folder', 'build.sls', 'folder', 'is a folder, and must be a file'],
  ['a link that leads round and round', 'build.sls', 'round', 'leads to no file'],
  ['a folder, among the upgrades,', 'upgrades/1.sls', 'folder', 'is a folder, and must be a file'],
  ['a link that leads round and round, among the upgrades,', 'upgrades/1.sls', 'round', 'leads to no file'],
  ['a file in the place of the folder of the upgrades', 'upgrades', 'file', 'is no folder, and must be one'],
])('what has the name of a state file and is %s is refused', async (_, file, kind, words) => {
  await clone.git('reset', '-q', '--hard', good)
  const path = join(clone.folder, '.salt', file)
  mkdirSync(dirname(path), { recursive: true })
  if (kind === 'round') symlinkSync(basename(path), path)
  await clone.commit(kind === 'round' ? {} : { [`.salt/${file}${kind === 'folder' ? '/x' : ''}`]: 'x\n' })
  await refused(() => clone.push(), 'STATES_INVALID', `.salt/${file} ${words}`)
})

test.each([
  ['that is a folder', 'init.sls/x', null, /PILLAR_INVALID/],
  ['that is a link which leads round and round', null, 'init.sls', /PILLAR_INVALID/],
  ['that includes a folder', 'a.sls/x', null, /PILLAR_INVALID/],
  ['that includes a link which leads round and round', null, 'a.sls', /PILLAR_INVALID/],
])('a pillar %s is refused', async (_, file, link, words) => {
  const pillar = await world.clonePillar(name)
  const before = await world.ref(name, 'master', 'pillar')
  await pillar.commit({ 'init.sls': null })
  if (link) symlinkSync(link, join(pillar.folder, link))
  const includes: Record<string, string> = (file ?? link ?? '').startsWith('a.') ? { 'init.sls': 'include: [a]\n' } : {}
  await pillar.commit({ ...includes, ...(file ? { [file]: 'x: 1\n' } : {}) })
  const pushed = await pillar.push('--force', 'corpus-pillar', 'HEAD:master')
  expect(pushed.stderr).toMatch(words)
  expect(pushed.stderr).not.toMatch(/INTERNAL|E[A-Z]{4,}: /)
  expect(await world.ref(name, 'master', 'pillar')).toBe(before)
})

test('several faults are told at once', async () => {
  await clone.git('reset', '-q', '--hard', good)
  await clone.commit({ '.salt/build.sls': 'a: [\n', '.salt/configure.sls': '{{ x\n' })
  await refused(() => clone.push(), /build\.sls/, /configure\.sls/)
})

describe('push options', () => {
  beforeAll(async () => {
    await clone.git('reset', '-q', '--hard', good)
  })
  const push = (...options: string[]) => clone.push(...options.flatMap(one => ['-o', one]), 'corpus', 'HEAD:master')

  test('one that is not understood is refused with those that are', async () => {
    await clone.commit({ 'index.html': 'optional\n' })
    for (const option of ['no-deploy=yes', 'no_deploy', 'NO-DEPLOY', 'only=', 'only=a b', 'plan=1', 'skip']) {
      await refused(() => push(option), 'is not understood', 'no-deploy, plan, verbose, only=a,b, skip=a,b')
    }
    for (const option of ['only=nonsense', 'skip=build,nonsense']) await refused(() => push(option), 'nonsense')
  })

  test("options of others are git's own business", async () => {
    await clone.commit({ 'index.html': 'good\n', other: 'z\n' })
    const pushed = await push('ci.skip', 'merge_request.create')
    expect(pushed.status).toBe(0)
    expect(pushed.stderr).toContain('deployed in')
    good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  })

  test('plan prints what would run, deploys nothing, and leaves the branch where it was', async () => {
    await clone.commit({ 'index.html': 'planned\n' })
    const planned = await push('plan')
    expect(planned.status).toBe(0)
    expect(planned.stderr).toContain('build: skipped, built once, in cooking')
    expect(planned.stderr).toMatch(/configure\s/)
    expect(index()).toBe('good\n')
    expect(await world.ref(name, 'master')).toBe(good)
    const releases = await world.json<{ status: string; commit: string }[]>('releases', name)
    expect(releases[0]).toMatchObject({ status: 'succeeded', commit: good })
  })

  test('skip leaves procedures out', async () => {
    await clone.commit({ 'index.html': 'good\n', '.salt/configure.sls': 'broken:\n  cmd.run:\n    - name: "false"\n' })
    const pushed = await push('skip=configure,upgrade')
    expect(pushed.stderr).toContain('configure: skipped, asked to skip it')
    expect(pushed.stderr).toContain('upgrade: skipped, asked to skip it')
    expect(pushed.status).toBe(0)
    expect(await world.json('status', name)).toMatchObject({ commit: await world.ref(name, 'master') })
  })

  test('only runs what is named on the release that runs, and stores the commit', async () => {
    const before = await world.json<{ commit: string; release: string }>('status', name)
    const commit = await clone.commit({ 'index.html': 'stored\n' })
    const pushed = await push('only=reconfigure,post_install')
    expect(pushed.stderr).toContain('activate: skipped, not among the procedures asked for')
    expect(pushed.status).toBe(0)
    expect(index()).toBe('good\n')
    expect(await world.json('status', name)).toMatchObject(before)
    expect(await world.ref(name, 'master')).toBe(commit)
  })

  test('what is asked for in parts and fails is taken back whole', async () => {
    const before = await world.json<{ commit: string }>('status', name)
    await clone.commit({ 'index.html': 'half\n', '.salt/configure.sls': 'broken:\n  cmd.run:\n    - name: "false"\n' })
    const pushed = await push('only=initialization,configure')
    expect(pushed.stderr).toContain('ROLLED BACK')
    expect(pushed.status).not.toBe(0)
    expect(index()).toBe('good\n')
    expect(await world.json('status', name)).toMatchObject(before)
    await clone.git('reset', '-q', '--hard', 'HEAD~1')
    expect((await push('no-deploy')).status).toBe(0)
  })

  test('no-deploy stores, and corpus deploy deploys what is stored', async () => {
    const commit = await clone.commit({ 'index.html': 'later\n', '.salt/configure.sls': null })
    const stored = await push('no-deploy')
    expect(stored.stderr).toContain(`corpus deploy ${name}`)
    expect(stored.status).toBe(0)
    expect(index()).toBe('good\n')
    const deployed = await world.corpus('deploy', name, '--json')
    expect(deployed.status).toBe(0)
    expect(JSON.parse(deployed.stdout)).toMatchObject({ status: 'succeeded', commit, kind: 'deploy' })
    expect(index()).toBe('later\n')
    const again = await clone.push()
    expect(again.stderr).toContain('Everything up-to-date')
  })
})
