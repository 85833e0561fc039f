/** Cancelling: within seconds, with everything that was started, and what ran before runs again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, eventually, makeWorld, processesWith, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('cancel')
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

const steps: [string, (mark: string, began: string) => string][] = [
  [
    'a command with grandchildren',
    (mark, began) =>
      `slow:\n  cmd.run:\n    - name: "touch ${began}; (sh -c 'sleep ${mark}' & sleep ${mark}) & sleep ${mark}; true"\n`,
  ],
  [
    'a command that does not heed SIGTERM',
    (mark, began) =>
      `slow:\n  cmd.run:\n    - name: "trap '' TERM; touch ${began}; (trap '' TERM; while :; do sleep ${mark}; done) & while :; do sleep ${mark}; done"\n`,
  ],
  [
    'a parent that ends at once, and a child that does not heed SIGTERM',
    (mark, began) =>
      `slow:\n  cmd.run:\n    - name: "(trap '' TERM; while :; do sleep ${mark}; done) & touch ${began}; sleep ${mark}"\n`,
  ],
]
test.each(steps)('%s is gone within seconds, and what ran before runs again', async (_, text) => {
  const mark = `30${Math.floor(Math.random() * 1e6)}`
  const began = join(world.scratch, `began-${mark}`)
  await clone.git('reset', '-q', '--hard', good)
  await clone.commit({ 'index.html': 'bad\n', '.salt/configure.sls': text(mark, began) })
  const pushing = clone.push()
  await eventually('the slow step has begun', () => existsSync(began))
  expect(await world.json('status', name)).toMatchObject({ state: 'deploying', deployment: { procedure: 'configure' } })
  const asked = Date.now()
  const cancelled = await world.corpus('cancel', name)
  expect(cancelled.stdout).toContain('cancelled')
  expect(cancelled.status).toBe(0)
  // A promise of the product, not a measure: a step that would last for five minutes is over in seconds.
  expect(Date.now() - asked).toBeLessThan(30_000)
  const pushed = await pushing
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('CANCELLED')
  expect(processesWith(mark)).toEqual([])
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('good\n')
  expect(await world.ref(name, 'master')).toBe(good)
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good, deployment: null })
  const rows = await world.json<{ status: string }[]>('releases', name)
  expect(rows[0]?.status).toBe('cancelled')
})

test('a template that blocks in a command is stopped too', async () => {
  const mark = `30${Math.floor(Math.random() * 1e6)}`
  const began = join(world.scratch, `began-${mark}`)
  await clone.git('reset', '-q', '--hard', good)
  await clone.commit({
    'index.html': 'bad\n',
    '.salt/configure.sls': `{% set x = salt['cmd.run']('sh -c "touch ${began}; sleep ${mark}"', python_shell=True) %}\na:\n  test.nop: []\n`,
  })
  const pushing = clone.push()
  await eventually('the template blocks', () => existsSync(began))
  const cancelled = await world.corpus('cancel', name)
  expect(cancelled.stdout).toContain('cancelled')
  expect((await pushing).status).not.toBe(0)
  expect(processesWith(mark)).toEqual([])
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('good\n')
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good })
})

test('a push that waits in line is cancelled before it begins, and the one under way goes on', async () => {
  const gate = join(world.scratch, 'gate')
  const began = join(world.scratch, 'began-line')
  await clone.git('reset', '-q', '--hard', good)
  await clone.push('-o', 'no-deploy', '--force', 'corpus', 'HEAD:master')
  await clone.commit({
    'index.html': 'first\n',
    '.salt/configure.sls': `slow:\n  cmd.run:\n    - name: "touch ${began}; while [ ! -e ${gate} ]; do sleep 0.1; done"\n`,
  })
  const first = clone.push()
  await eventually('the first is under way', () => existsSync(began))
  expect((await world.corpus('cancel', name)).status).toBe(0)
  expect((await first).status).not.toBe(0)
  writeFileSync(gate, '')
  expect((await clone.push()).status).toBe(0)
})

test('with nothing under way there is nothing to cancel', async () => {
  const asked = await world.corpus('cancel', name)
  expect(asked.status).toBe(4)
  expect(asked.stderr).toContain('NOTHING_RUNS')
})
