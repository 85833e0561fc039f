import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let agent: ChildProcess
let clone: Clone
const name = uniqueName('warm')
const page = () => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')
const runner = () =>
  (JSON.parse(readFileSync(world.path(name, 'deployments', 'running'), 'utf8')) as { pid: number }).pid

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
  agent = spawn(corpusCommand, ['agent', `--root=${world.root}`], { env: world.env, stdio: 'ignore' })
  await eventually('the agent listens', () => existsSync(join(world.root, 'corpus', 'agent.sock')))
})
afterAll(async () => {
  agent.kill('SIGTERM')
  await world.dispose()
})

test('pushes are served by runners that wait, one after the other and at once', async () => {
  expect(await clone.push()).toMatchObject({ status: 0 })
  for (const text of ['two\n', 'three\n', 'four\n']) {
    await clone.commit({ 'index.html': text })
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(page()).toBe(text)
  }
  const other = uniqueName('cool')
  await world.must('init', other, '--mode', 'final')
  const second = await world.clone(other, { 'index.html': 'other\n' })
  await clone.commit({ 'index.html': 'five\n' })
  const both = await Promise.all([clone.push(), second.push()])
  expect(both.map(one => one.status)).toEqual([0, 0])
  expect(page()).toBe('five\n')
})

test('a log that has grown large is put aside, and runners that write there give way', async () => {
  const log = join(world.root, 'corpus', 'agent.log')
  const writers = async () =>
    (await world.run(['pgrep', '-f', `runner --warm --root=${world.root}`])).stdout.trim().split('\n').filter(Boolean)
  const before = await writers()
  writeFileSync(log, 'old\n'.repeat(300_000), { flag: 'a' })
  await clone.commit({ 'index.html': 'five\n', x: '1' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await eventually('it was put aside', () => existsSync(`${log}.1`))
  expect(readFileSync(`${log}.1`, 'utf8')).toContain('old\nold\n')
  await eventually('others wait', async () => {
    const now = await writers()
    return now.length >= 2 && now.every(pid => !before.includes(pid))
  })
  expect(statSync(log).size).toBeLessThan(1000)
  await clone.commit({ x: '2' })
  expect(await clone.push()).toMatchObject({ status: 0 })
})

test('a warm runner that is killed in the middle leaves the old release, and the next push is served', async () => {
  await clone.commit({ 'index.html': 'six\n', '.salt/configure.sls': 'wait:\n  cmd.run:\n    - name: sleep 60\n' })
  const pushed = clone.push()
  const pid = await eventually(
    'the step runs',
    () => existsSync(world.path(name, 'deployments', 'running')) && (runner() || null),
  )
  await eventually('the command sleeps', async () => (await world.run(['pgrep', '-f', '^sleep 60'])).status === 0)
  process.kill(pid, 'SIGKILL')
  expect((await pushed).status).not.toBe(0)
  expect(page()).toBe('five\n')
  expect(await world.json('status', name)).toMatchObject({ state: 'live' })
  await clone.commit({ 'index.html': 'seven\n', '.salt/configure.sls': null })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(page()).toBe('seven\n')
})

test('without its helper that holds the lock a runner does not go on', async () => {
  await clone.commit({ 'index.html': 'eight\n', '.salt/configure.sls': 'wait:\n  cmd.run:\n    - name: sleep 61\n' })
  const pushed = clone.push()
  await eventually('the command sleeps', async () => (await world.run(['pgrep', '-f', '^sleep 61'])).status === 0)
  const helper = (await world.run(['pgrep', '-P', String(runner()), 'perl'])).stdout.trim().split('\n')[0]
  process.kill(Number(helper), 'SIGKILL')
  expect((await pushed).status).not.toBe(0)
  expect(page()).toBe('seven\n')
})

test('what it and its runners said is drawn for people, and is JSON for programs', async () => {
  const [release] = await world.json<{ release: string }[]>('releases', name)
  const entries = async () =>
    (await world.must('agent', '--logs', '--json')).stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, string>)
  await clone.commit({ 'index.html': 'nine\n', '.salt/configure.sls': null })
  expect(await clone.push()).toMatchObject({ status: 0 })
  const [newest] = await world.json<{ release: string }[]>('releases', name)
  expect(newest?.release).not.toBe(release?.release)
  await eventually('its end is written', async () => (await entries()).some(one => one['release'] === newest?.release))
  const said = (await entries()).find(one => one['release'] === newest?.release)
  expect(said).toMatchObject({ level: 'info', part: 'runner', project: name, message: 'push succeeded' })
  const { stdout } = await world.must('agent', '--logs')
  expect(stdout).toMatch(new RegExp(`^\\S+ info {2}runner ${name} \\S+: push succeeded$`, 'm'))
  expect((await world.must('agent', '--logs', '--lines', '1')).stdout.trim().split('\n')).toHaveLength(1)
  expect((await world.corpus('agent', '--lines', '1')).status).toBe(2)
})
