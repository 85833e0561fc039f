/** Upgrade steps run once, whatever is deployed later. */
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

test('upgrade.sls and the files of .salt/upgrades run in order, each once, and are not planned again', async () => {
  const name = uniqueName('upgrade')
  const out = join(world.scratch, 'ran')
  const step = (word: string) => `${word}:\n  cmd.run:\n    - name: echo ${word} >> ${out}\n`
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, {
    'index.html': 'one\n',
    '.salt/upgrade.sls': step('first'),
    '.salt/upgrades/2_second.sls': step('second'),
  })
  expect((await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
  expect((await world.must('plan', name)).stdout).toMatch(/upgrade\.sls\n {4}would change {2}cmd\.run {2}first/)
  expect((await world.corpus('deploy', name)).status).toBe(0)
  expect(readFileSync(out, 'utf8')).toBe('first\nsecond\n')
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(out, 'utf8')).toBe('first\nsecond\n')
  expect((await world.must('plan', name)).stdout).not.toContain('upgrade.sls')
})

test('a step that has a downgrade is undone when its release fails, and runs again with the next one', async () => {
  const name = uniqueName('downgrade')
  const out = join(world.scratch, 'undone')
  const step = (word: string) => `${word}:\n  cmd.run:\n    - name: echo ${word} >> ${out}\n`
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  await clone.commit({
    '.salt/upgrades/v1.2.sls': step('up'),
    '.salt/upgrades/v1.2.downgrade.sls': step('down'),
    '.salt/post_install.sls': 'bad:\n  cmd.run:\n    - name: exit 3\n',
  })
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('ROLLED BACK')
  expect(readFileSync(out, 'utf8')).toBe('up\ndown\n')
  await clone.commit({ '.salt/post_install.sls': '' })
  const again = await clone.push()
  expect(again.status, again.stderr).toBe(0)
  expect(readFileSync(out, 'utf8')).toBe('up\ndown\nup\n')
})

test('upgrade.sls and a file of that name in the folder are two steps, each with a downgrade and an edit of its own', async () => {
  const name = uniqueName('namesakes')
  const out = join(world.scratch, 'namesakes')
  const step = (word: string) => `${word}:\n  cmd.run:\n    - name: echo ${word} >> ${out}\n`
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n', '.salt/upgrade.sls': step('top') })
  expect((await clone.push()).status).toBe(0)
  await clone.commit({
    '.salt/upgrades/upgrade.sls': step('below'),
    '.salt/upgrades/upgrade.downgrade.sls': step('back'),
    '.salt/post_install.sls': 'bad:\n  cmd.run:\n    - name: exit 3\n',
  })
  expect((await clone.push()).stderr).toContain('ROLLED BACK')
  expect(readFileSync(out, 'utf8')).toBe('top\nbelow\nback\n')
  await clone.commit({ '.salt/post_install.sls': '' })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  await clone.commit({ 'index.html': 'two\n', '.salt/upgrade.sls': null })
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(out, 'utf8')).toBe('top\nbelow\nback\nbelow\n')
})

test('a file of that name that was done before it had a marker of its own is not done again', async () => {
  const name = uniqueName('namesake')
  const out = join(world.scratch, 'namesake')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, {
    '.salt/upgrades/upgrade.sls': `once:\n  cmd.run:\n    - name: echo once >> ${out}\n`,
  })
  expect((await clone.push()).status).toBe(0)
  const markers = world.path(name, 'corpus', 'upgrades')
  renameSync(join(markers, 'upgrades%2Fupgrade.json'), join(markers, 'upgrade.json'))
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(out, 'utf8')).toBe('once\n')
})

test('a step of a release whose runner was killed is undone by the state files of that release', async () => {
  const name = uniqueName('killed')
  const out = join(world.scratch, 'killed')
  const step = (word: string) => `${word}:\n  cmd.run:\n    - name: echo ${word} >> ${out}\n`
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  await clone.commit({ '.salt/upgrades/v1.sls': step('up'), '.salt/upgrades/v1.downgrade.sls': step('down') })
  const dying = { env: { CORPUS_DIE_AT: 'upgrade:done' } }
  const pushed = await world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], dying)
  expect(pushed.status).not.toBe(0)
  expect(await world.json('status', name)).toMatchObject({ state: 'live', deployment: null })
  expect(readFileSync(out, 'utf8')).toBe('up\ndown\n')
  expect((await clone.push()).status).toBe(0)
  expect(readFileSync(out, 'utf8')).toBe('up\ndown\nup\n')
})
