// Without an agent: a push starts its runner while git still moves the refs.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const name = uniqueName('cold')
const page = () => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')
const marks = () => readdirSync(world.path(name, 'deployments')).filter(file => file.startsWith('soon.'))
const runners = async () =>
  (await world.run(['pgrep', '-f', `runner ${name} --root=${world.root}`])).stdout.split('\n').filter(Boolean)

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
})
afterAll(() => world.dispose())

test('one runner serves a push, and nothing of it is left', async () => {
  expect(existsSync(join(world.root, 'corpus', 'agent.sock'))).toBe(false)
  expect(await clone.push()).toMatchObject({ status: 0 })
  await clone.commit({ 'index.html': 'two\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(page()).toBe('two\n')
  expect(marks()).toEqual([])
  await eventually('runner and helper have ended', async () => {
    const helpers = await world.run(['pgrep', '-f', join(world.root, 'projects', name)])
    return (await runners()).length === 0 && helpers.stdout.trim() === ''
  })
})

test('where git itself refuses the push, the runner goes away, and the next push deploys', async () => {
  const bare = world.path(name, 'git', 'project.git')
  await world.run(['git', '-C', bare, 'config', 'receive.denyNonFastForwards', 'true'])
  await world.run(['git', '-C', clone.folder, 'commit', '--amend', '-qm', 'another'])
  const refused = await clone.push('--force', 'corpus', 'HEAD:master')
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toContain('non-fast-forward')
  expect(page()).toBe('two\n')
  await eventually('the runner has gone', async () => (await runners()).length === 0 && marks().length === 0)
  await world.run(['git', '-C', bare, 'config', 'receive.denyNonFastForwards', 'false'])
  await clone.commit({ 'index.html': 'three\n' })
  expect(await clone.push('--force', 'corpus', 'HEAD:master')).toMatchObject({ status: 0 })
  expect(page()).toBe('three\n')
})

test('a runner that was killed before its request came is replaced', async () => {
  const hook = world.path(name, 'git', 'project.git', 'hooks', 'reference-transaction')
  writeFileSync(
    hook,
    `#!/bin/sh\n[ "$1" = prepared ] || exit 0\npkill -KILL -f 'runner ${name} --root=${world.root}'\nexit 0\n`,
  )
  chmodSync(hook, 0o755)
  await clone.commit({ 'index.html': 'four\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  rmSync(hook)
  expect(page()).toBe('four\n')
})
