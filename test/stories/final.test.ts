import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('site')
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

test('a push to a project in final mode is live, and the next one replaces it', async () => {
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  const first = await clone.push()
  expect(first.stderr).toContain('deployed in')
  expect(first.status).toBe(0)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')

  const commit = await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('two\n')
  const status = await world.json<{ state: string; commit: string; mode: string }>('status', name)
  expect(status).toMatchObject({ state: 'live', commit, mode: 'final' })
  const releases = await world.json<unknown[]>('releases', name)
  expect(releases).toHaveLength(2)
  expect(releases[0]).toMatchObject({ status: 'succeeded', commit, current: true })
})

test('going back brings the tree and the branch of the release before', async () => {
  expect((await world.corpus('rollback', name)).status).toBe(0)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
})

test('a link that leads out of the tree is told with each push, for as long as it is committed', async () => {
  const linked = uniqueName('linked')
  await world.must('init', linked, '--mode', 'final')
  const clone = await world.clone(linked, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  const told = 'The link "away" points outside the tree, to "/etc/hostname": that does not come with a push'
  symlinkSync('/etc/hostname', join(clone.folder, 'away'))
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).stderr).toContain(told)
  await clone.commit({ 'index.html': 'three\n' })
  expect((await clone.push()).stderr).toContain(told)
  rmSync(join(clone.folder, 'away'))
  await clone.commit({ 'index.html': 'four\n' })
  expect((await clone.push()).stderr).not.toContain(told)
})
