/** Bad input: names that are none, things that nobody knows, programs that are missing, a disk that is full. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpusCommand, type Ended, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

/** Accounts of other tests come and go. */
const hasAccount = (name: string) => readFileSync('/etc/passwd', 'utf8').includes(`\n${name}-user:`)
const projects = (folder = join(world.root, 'projects')) => (existsSync(folder) ? readdirSync(folder).sort() : [])

test.each([
  'a/b',
  '..',
  '../escape',
  '.hidden',
  'with space',
  '-leading',
  '--json',
  'UPPER',
  'dot.dot',
  'semi;colon',
  '$(touch x)',
  "quo'te",
  'new\nline',
  'ünïcode',
  '9digit',
  'x'.repeat(300),
  '',
])('the name %j makes nothing, and breaks nothing', async hostile => {
  const before = projects()
  for (const argv of [
    ['init', '--', hostile],
    ['status', '--', hostile],
    ['destroy', '--confirm', hostile, '--', hostile],
  ]) {
    const asked = await world.corpus(...argv)
    expect([argv[0], asked.status]).toEqual([argv[0], 2])
    expect(asked.stderr).toContain('NAME_INVALID')
    expect(asked.stderr).toContain('Use 1 to 63 lower-case letters')
  }
  expect(projects()).toEqual(before)
})

test('a leading dash without -- is an option that nobody knows', async () => {
  const asked = await world.corpus('init', '-leading')
  expect(asked.status).toBe(2)
  expect(asked.stderr).toContain('-leading')
})

test.each<[string, string[], string, number]>([
  ['mode', ['--mode', 'sideways'], 'MODE_UNKNOWN', 2],
  ['mode by --set', ['--set', 'mode=sideways'], 'CONFIGURATION_INVALID', 3],
  ['installer', ['--installer', 'nonsense'], 'INSTALLER_UNKNOWN', 2],
  ['installer by path', ['--installer', '/nonexistent/installer'], 'INSTALLER_UNKNOWN', 2],
  ['installer by a way out', ['--installer', '../../etc'], 'INSTALLER_UNKNOWN', 2],
  ['api_version', ['--set', 'api_version=99'], 'api_version must be one of 2', 3],
  ['setting', ['--set', 'nonsense'], 'SETTING_INVALID', 2],
  ['origin', ['--origin', '/nonexistent/repository'], 'GIT_FAILED', 1],
  ['origin that is an option', ['--origin', '--upload-pack=touch /tmp/x'], 'USAGE', 2],
  ['origin that is a command', ['--origin', 'ext::sh -c touch% /tmp/x'], 'USAGE', 2],
])('an unknown %s leaves no project behind', async (_, options, code, status) => {
  const name = uniqueName('never')
  const asked = await world.corpus('init', name, ...options)
  expect(asked.stderr).toContain(code)
  expect(asked.status).toBe(status)
  expect(projects()).not.toContain(name)
  for (const link of ['pillar', 'salt']) expect(projects(join(world.root, link, 'makina-projects'))).not.toContain(name)
  expect(hasAccount(name)).toBe(false)
})

test('what is not there is named, with what is near', async () => {
  const name = uniqueName('nearly')
  await world.must('init', name, '--mode', 'final')
  const asked = await world.corpus('status', `${name}x`)
  expect(asked.status).toBe(4)
  expect(asked.stderr).toContain(`Did you mean ${name}?`)
  expect((await world.corpus('deploy', name)).status).toBe(3)
  expect((await world.corpus('deploy', name, '--only', 'nonsense')).status).toBe(2)
  expect((await world.corpus('logs', name, '--deployment', 'zzz')).status).toBe(4)
})

describe('a missing program', () => {
  /** Hides these programs of the machine's, as if they were not there. */
  function without(...missing: string[]): string {
    const folder = join(world.scratch, `without-${missing.join('-')}`)
    mkdirSync(folder)
    for (const program of missing) symlinkSync('/nowhere/at/all', join(folder, program))
    return folder
  }
  const corpus = (programs: string, ...args: string[]): Promise<Ended> =>
    world.run([corpusCommand, ...args], { env: { CORPUS_PROGRAMS: programs } })

  test.each([
    ['git', 'GIT_MISSING|PROGRAM_MISSING|TOOL_MISSING'],
    ['flock', 'PROGRAM_MISSING|TOOL_MISSING'],
  ])('%s is named when a project is made, and nothing is half made', async (program, code) => {
    const name = uniqueName('tools')
    const asked = await corpus(without(program), 'init', name)
    expect(asked.stderr).toMatch(new RegExp(code))
    expect(asked.stderr).toMatch(/apt-get install|corpus doctor/)
    expect(asked.stderr).toContain(program)
    expect(asked.status).toBe(6)
    expect(projects()).not.toContain(name)
    await world.must('init', name)
  })

  test('git is named when it is missing for a deployment, and what runs goes on', async () => {
    const name = uniqueName('tools')
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    await clone.commit({ 'index.html': 'two\n' })
    expect((await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
    const asked = await corpus(without('git', 'ignored'), 'deploy', name)
    expect(asked.status).not.toBe(0)
    expect(`${asked.stdout}${asked.stderr}`).toContain('apt-get install')
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
    // With git back, the next one deploys.
    await clone.commit({ 'index.html': 'three\n' })
    expect((await clone.push()).status).toBe(0)
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('three\n')
  })

  test('without zstd a bundle is a .gz; without rsync a release is not synced, and that is said', async () => {
    const name = uniqueName('cook')
    await world.must('init', name, '--mode', 'cooking')
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
    const cooked = await corpus(without('zstd'), 'deploy', name)
    expect(cooked.status).toBe(0)
    const bundle = world.path(name, 'releases', 'deployed', 'current')
    expect(existsSync(join(bundle, 'project.tar.gz'))).toBe(true)
    const production = makeWorld()
    try {
      await production.must(
        'init',
        name,
        '--mode',
        'final',
        '--set',
        `release_artifacts_urls=["file://${bundle}/project.tar.gz"]`,
      )
      const final = await production.clone(name, { README: 'x\n' })
      expect((await final.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
      const asked = await production.run([corpusCommand, 'deploy', name], {
        env: { CORPUS_PROGRAMS: without('rsync') },
      })
      expect(asked.status).not.toBe(0)
      expect(`${asked.stdout}${asked.stderr}`).toMatch(
        /rsync.*\n?.*(PROGRAM_MISSING|TOOL_MISSING)|(PROGRAM_MISSING|TOOL_MISSING).*rsync/,
      )
      expect(existsSync(production.path(name, 'project', 'index.html'))).toBe(false)
      expect((await final.push('--force', 'corpus', 'HEAD:master')).status).toBe(0)
      expect((await production.corpus('deploy', name)).status).toBe(0)
      expect(readFileSync(production.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
    } finally {
      await production.dispose()
    }
  })
})

describe('a full disk', () => {
  let small: World
  let mounted = false
  beforeAll(() => {
    small = makeWorld()
    const ended = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=755', 'tmpfs', small.root])
    mounted = ended.status === 0
    if (!mounted) console.warn(`not shown: a small file system cannot be mounted here (${ended.stderr})`)
  })
  afterAll(async () => {
    await small.dispose()
  })

  test('in a step: the release before comes back, nothing is lost, and with room again the same push deploys', async context => {
    if (!mounted) return context.skip('a small file system cannot be mounted here')
    const name = uniqueName('full')
    await small.must('init', name, '--mode', 'final', '--set', 'min_free_megabytes=1')
    const clone = await small.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    const good = await small.ref(name, 'master')
    const ballast = small.path(name, 'data', 'ballast')
    for (const [at, then] of [
      ['configure', 'false'],
      ['configure', 'true'],
      ['post_install', 'true'],
    ] as const) {
      await clone.git('reset', '-q', '--hard', good)
      await clone.commit({
        'index.html': `${at} ${then}\n`,
        [`.salt/${at}.sls`]: `fill:\n  cmd.run:\n    - name: cat /dev/zero > ${ballast}; ${then}\n`,
      })
      const pushed = await clone.push()
      expect([at, then, pushed.status === 0]).toEqual([at, then, false])
      expect(pushed.stderr).toMatch(/STATES_FAILED|DISK_FULL/)
      expect(pushed.stderr).toContain('ROLLED BACK')
      rmSync(ballast)
      expect(await small.json('status', name)).toMatchObject({ state: 'live', commit: good })
      expect(readFileSync(small.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
      expect(await small.ref(name, 'master')).toBe(good)
    }
    await clone.git('reset', '-q', '--hard', good)
    await clone.commit({ 'index.html': 'two\n' })
    expect((await clone.push()).status).toBe(0)
    expect(readFileSync(small.path(name, 'project', 'index.html'), 'utf8')).toBe('two\n')
  })

  test('by what is pushed: a tree that does not fit is a full disk, said so, and nothing has changed', async context => {
    if (!mounted) return context.skip('a small file system cannot be mounted here')
    const name = uniqueName('large')
    await small.must('init', name, '--mode', 'final', '--set', 'min_free_megabytes=1')
    const clone = await small.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    // It packs to nothing, and unpacks to more than there is.
    const commit = await clone.commit({ 'large.bin': 'x'.repeat(40_000_000) })
    const pushed = await clone.push()
    expect(pushed.status).not.toBe(0)
    expect(pushed.stderr).toContain('DISK_FULL')
    expect(pushed.stderr).toContain('ROLLED BACK')
    expect(await small.json('status', name)).toMatchObject({ state: 'live' })
    expect(await small.ref(name, 'master')).not.toBe(commit)
    expect(existsSync(small.path(name, 'corpus', 'spare', 'project', 'large.bin'))).toBe(false)
    await clone.commit({ 'large.bin': null, 'index.html': 'two\n' })
    expect((await clone.push()).status).toBe(0)
  })

  test('with an agent, which prefetches trees before the refs have moved: where room is short it leaves git what it needs', async context => {
    if (!mounted) return context.skip('a small file system cannot be mounted here')
    const name = uniqueName('prefetch')
    await small.must('init', name, '--mode', 'final', '--set', 'min_free_megabytes=1')
    const clone = await small.clone(name, { 'index.html': 'one\n' })
    const agent = spawn(corpusCommand, ['agent', `--root=${small.root}`], { env: small.env, stdio: 'ignore' })
    try {
      await eventually('the agent listens', () => existsSync(join(small.root, 'corpus', 'agent.sock')))
      expect((await clone.push()).status).toBe(0)
      await eventually('a copy is ready', () => existsSync(small.path(name, 'corpus', 'spare', 'copy-of')))
      await eventually('a folder is laid out', () => existsSync(small.path(name, 'deployments', 'next')))
      const before = await small.ref(name, 'master')
      await clone.commit({ 'large.bin': 'x'.repeat(40_000_000) })
      const pushed = await clone.push()
      expect(pushed.status).not.toBe(0)
      expect(pushed.stderr).toContain('ROLLED BACK')
      expect(await small.ref(name, 'master')).toBe(before)
      expect((await small.json<{ fault?: { code: string } }[]>('releases', name))[0]).toMatchObject({
        status: 'rolled back',
      })
      await clone.commit({ 'large.bin': null, 'index.html': 'two\n' })
      await eventually('there is room again', async () => (await clone.push()).status === 0)
      expect(readFileSync(small.path(name, 'project', 'index.html'), 'utf8')).toBe('two\n')
    } finally {
      agent.kill('SIGTERM')
    }
  })
})
