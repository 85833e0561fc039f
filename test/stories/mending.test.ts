/** The release that runs does not stand in the way of its own mending. */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const pillarOf = (name: string, dump: string) =>
  `makina-projects.${name}:\n  data_archives: {index: {dump: [sh, -c, '${dump}'], restore: [cat]}}\n`

test('a dump that never worked is told with the first deployment, and the pillar that mends it can be pushed', async () => {
  const name = uniqueName('mend')
  await world.must('init', name, '--mode', 'final')
  const pillar = await world.clonePillar(name)
  await pillar.commit({ 'init.sls': pillarOf(name, 'echo half; exit 1') })
  expect((await pillar.push()).status).toBe(0)
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  const first = await clone.push()
  expect(first.status).toBe(0)
  expect(first.stderr).toMatch(/warning: .*index could not be dumped.* correct data_archives/)
  // As the pillar says that runs and is pushed alike: no other way is known, and the way round is named.
  await clone.commit({ 'index.html': 'two\n' })
  const refused = await clone.push()
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('git push -o skip=archive')])
  await pillar.commit({ 'init.sls': pillarOf(name, 'echo whole') })
  const mended = await pillar.push()
  expect([mended.status, mended.stderr]).toEqual([0, expect.stringContaining('kept index')])
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('two\n')
})

test('a pillar that mends nothing is taken back, with the one that ran', async () => {
  const name = uniqueName('worse')
  await world.must('init', name, '--mode', 'final')
  const pillar = await world.clonePillar(name)
  await pillar.commit({ 'init.sls': pillarOf(name, 'exit 1') })
  await pillar.push()
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  const before = await world.ref(name, 'master', 'pillar')
  await pillar.commit({ 'init.sls': pillarOf(name, 'exit 2') })
  const pushed = await pillar.push()
  expect([pushed.status, pushed.stderr]).toEqual([1, expect.stringContaining('ROLLED BACK; v1 runs')])
  expect(await world.ref(name, 'master', 'pillar')).toBe(before)
  expect(readFileSync(world.path(name, 'pillar', 'init.sls'), 'utf8')).toContain('exit 1')
  // The way round that is named works.
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push('-o', 'skip=archive', 'corpus', 'HEAD:master')).status).toBe(0)
  expect(existsSync(world.path(name, 'project', 'index.html'))).toBe(true)
})
