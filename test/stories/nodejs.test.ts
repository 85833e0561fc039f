import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, fixture, statusOf, trustSettings } from '../support/applications.ts'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

interface Answer {
  readonly greeting: string
  readonly built: { readonly odd: boolean } | null
  readonly development: boolean
  readonly user: number
  readonly folder: string
}

let world: World
let clone: Clone
const name = uniqueName('shop')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', ...trustSettings())
  clone = await world.clone(name, fixture('express-app'))
})
afterAll(() => world.dispose())

const greeting = (text: string, more: Readonly<Record<string, string | null>> = {}) =>
  clone.commit({ 'server.js': fixture('express-app', { "'one'": `'${text}'` })['server.js'] ?? '', ...more })
const answer = () => answerOf<Answer>(world, name)

test('an Express application is known by its package.json, installed by its lock file, built, and answers', async () => {
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('dependencies-installed')
  expect(pushed.status).toBe(0)
  expect(await answer()).toMatchObject({ greeting: 'one', built: { odd: true }, development: false })
})

test('it is installed and run by the account of the project', async () => {
  const { user, folder } = await answer()
  const expected = process.getuid?.() === 0 ? statSync(world.path(name, 'build')).uid : process.getuid?.()
  expect(user).toBe(expected)
  if (process.getuid?.() === 0) expect(user).not.toBe(0)
  expect(statSync(`${folder}/node_modules/express`).uid).toBe(user)
})

test('what npm keeps is no part of the release archive', async () => {
  const { release } = await statusOf(world, name)
  const archive = world.path(name, 'releases', 'deployed', release, 'project.tar.zst')
  const listed = (await world.run(['tar', '--list', `--file=${archive}`])).stdout
  expect(listed).toContain('./node_modules/express/package.json')
  expect(listed).not.toMatch(/_cacache|is-odd|\.corpus-key/)
})

test('the next push takes its dependencies from the one before, as files of its own', async () => {
  const older = realpathSync(world.path(name, 'project'))
  await greeting('two')
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('dependencies-copied')
  expect(pushed.stderr).not.toContain('dependencies-installed')
  expect(pushed.status).toBe(0)
  expect(await answer()).toMatchObject({ greeting: 'two', built: { odd: true }, development: false })
  const inode = (tree: string) => statSync(`${tree}/node_modules/express/package.json`).ino
  expect(inode(realpathSync(world.path(name, 'project')))).not.toBe(inode(older))
})

test('a process that is killed comes back', async () => {
  const [before] = (await statusOf(world, name)).processes
  process.kill(before?.pid ?? 0, 'SIGKILL')
  await eventually('another process runs', async () => {
    const [now] = (await statusOf(world, name)).processes
    return now?.state === 'running' && now.pid !== before?.pid
  })
  expect((await answer()).greeting).toBe('two')
})

test('an application that crashes at start fails the push, and the old one serves on', async () => {
  const before = await statusOf(world, name)
  await clone.commit({ 'server.js': 'throw new Error("no database")\n' })
  const pushed = await clone.push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('ROLLED BACK')
  expect((await answer()).greeting).toBe('two')
  expect(await statusOf(world, name)).toMatchObject({ release: before.release, processes: before.processes })
})

test('a Node that is not here is asked for: refused with what is here, and the old one serves on', async () => {
  const files = fixture('express-app', { '>=18': '>=99' })
  await greeting('four', { 'package.json': files['package.json'] ?? '' })
  const pushed = await clone.push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toMatch(/asks for Node >=99, but here is \d+/)
  expect((await answer()).greeting).toBe('two')
})

test('dependencies without a lock file are refused where the project asks for one', async () => {
  await world.must('config', 'set', name, 'nodejs.require_lock=true')
  await greeting('five', { 'package.json': fixture('express-app')['package.json'] ?? '', 'package-lock.json': null })
  const pushed = await clone.push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('commit package-lock.json')
  expect((await answer()).greeting).toBe('two')
})

test('going back brings the release before and its dependencies', async () => {
  await world.must('rollback', name)
  expect(await answer()).toMatchObject({ greeting: 'one', built: { odd: true } })
})

test('the archive from cooking runs in final mode, on another machine, without npm', async () => {
  const { release, commit } = await statusOf(world, name)
  const archive = world.path(name, 'releases', 'deployed', release, 'project.tar.zst')
  const production = makeWorld()
  try {
    const account = uniqueName('live')
    const settings = [
      `release_artifacts_urls=${JSON.stringify([`file:${archive}`])}`,
      `user=${account}`,
      `group=${account}`,
    ]
    const set = settings.flatMap(setting => ['--set', setting])
    await production.must('init', name, '--mode', 'final', '--installer', 'nodejs', ...set)
    await clone.git('remote', 'add', 'live', production.path(name, 'git', 'project.git'))
    const pushed = await clone.push('live', `${commit}:refs/heads/master`)
    expect(pushed.stderr).toContain('project.tar.zst from')
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.stderr).not.toMatch(/dependencies-(?:installed|copied)/)
    const answered = await answerOf<Answer>(production, name)
    expect(answered).toMatchObject({ greeting: 'one', built: { odd: true }, development: false })
  } finally {
    await production.dispose()
  }
})

test('a push to final mode without an archive gets its production dependencies and is not built', async () => {
  const plain = uniqueName('plain')
  await world.must('init', plain, '--mode', 'final', '--installer', 'nodejs', ...trustSettings())
  const other = await world.clone(plain, fixture('express-app'))
  const pushed = await other.push()
  expect(pushed.stderr).toContain('final mode does not run the build script')
  expect(pushed.status).toBe(0)
  expect(await answerOf<Answer>(world, plain)).toMatchObject({ greeting: 'one', built: null, development: false })
  expect(existsSync(world.path(plain, 'build', 'cache', 'nodejs'))).toBe(true)
  expect(readdirSync(world.path(plain, 'build', 'cache', 'nodejs'))).toHaveLength(1)
})

test('modules in machine code that were built for another Node or machine are told of where the release runs', async () => {
  const [made, run] = [uniqueName('native'), uniqueName('foreign')]
  await world.must('init', made, '--mode', 'cooking', '--installer', 'nodejs')
  const files = {
    'package.json': '{}',
    Procfile: 'release: true\n',
    'node_modules/fast/build/Release/fast.node': 'machine code\n',
  }
  const cooked = await (await world.clone(made, files)).push()
  expect(cooked.status, cooked.stderr).toBe(0)
  const bundles = world.path(made, 'releases', 'deployed')
  const file = join(bundles, 'current', 'release.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { native: object; name: string }
  expect(manifest.native).toEqual({ node: expect.stringMatching(/^\d+\./), platform: 'linux', arch: process.arch })
  await world.must('init', run, '--mode', 'final', '--installer', 'nodejs')
  await world.must('config', 'set', run, `release_artifacts_urls=["file://${join(bundles, 'current')}/"]`)
  const clone = await world.clone(run, { 'package.json': '{}', Procfile: 'release: true\n' })
  const changes = [
    [{}, null],
    [{ node: '18.20.1' }, /warning: +native modules .* built for Node 18\.20\.1, and here the application runs on \d/],
    [{ arch: 'mips' }, /warning: +native modules .* built for linux on mips, and this is linux on/],
  ] as const
  for (const [change, told] of changes) {
    writeFileSync(file, JSON.stringify({ ...manifest, name: run, native: { ...manifest.native, ...change } }))
    await clone.commit({ change: JSON.stringify(change) })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    if (told) expect(pushed.stderr).toMatch(told)
    else expect(pushed.stderr).not.toContain('native modules')
  }
}, 300_000)
