/** What is asked before a push lands has no effects: nothing that was pushed runs before it was accepted. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
let pillar: Clone
let first: string
const name = uniqueName('check')
let ran: string
beforeAll(async () => {
  world = makeWorld()
  ran = join(world.scratch, 'ran')
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
  pillar = await world.clonePillar(name)
  expect((await clone.push()).status).toBe(0)
  first = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
})
afterAll(() => world.dispose())
beforeEach(async () => {
  await clone.git('reset', '-q', '--hard', first)
})
const store = () => clone.push('-o', 'no-deploy', '--force', 'corpus', 'HEAD:master')

test.each([
  ['a command', () => `{% set x = salt['cmd.run']('touch ${ran}') %}\na:\n  test.nop: []\n`],
  ['a file that is written', () => `{% do salt['file.touch']('${ran}') %}\na:\n  test.nop: []\n`],
  [
    'a file that is included and runs one',
    () => `include:\n  - .more\n{% if salt.cmd.retcode('touch ${ran}') %}\n  - .nowhere\n{% endif %}\n`,
  ],
  [
    'a module',
    () =>
      `#!js\nimport { writeFileSync } from 'node:fs'\nwriteFileSync('${ran}', '')\nexport default () => ({ a: { 'test.nop': [] } })\n`,
  ],
])('%s in a state file runs when it is deployed, and not before', async (_, text) => {
  await clone.commit({ '.salt/install.sls': text(), '.salt/more.sls': 'b:\n  test.nop: []\n' })
  const stored = await store()
  expect(stored.stderr).toContain('.salt/install.sls is checked when it is deployed')
  expect(stored.status, stored.stderr).toBe(0)
  expect(existsSync(ran)).toBe(false)
  await world.must('deploy', name)
  expect(existsSync(ran)).toBe(true)
  await world.run(['rm', ran])
})

test.each([
  ['a template', `{% set x = salt['cmd.run']('true') %}\n{% if %}\n`, 'install.sls:2'],
  ['a module', "#!js\nexport default () => { return { 'a' }\n", 'install.sls:2'],
  ['the file beside it', `include:\n  - .broken\n{% set x = salt['cmd.run']('true') %}\n`, 'broken.sls:3'],
])('what is wrong in %s for certain is refused all the same', async (_, text, place) => {
  await clone.commit({
    '.salt/install.sls': text,
    '.salt/broken.sls': place.includes('broken') ? 'a:\n  - [\n' : '',
    '.salt/build.sls': place.includes('broken') ? 'include:\n  - .broken\n' : '',
  })
  const stored = await store()
  expect(stored.stderr).toContain(place)
  expect(stored.status).not.toBe(0)
})

test.each([
  ['a link', 'link', '.salt is a link, and must be a folder of the project'],
  ['a file', '.salt', '.salt is a file, and must be a folder of the project'],
  ['a folder with a folder named like a state file', '.salt/configure.sls/x', '.salt/configure.sls is a folder'],
])('.salt that is %s is refused, and nothing is written through it', async (_, path, sentence) => {
  const elsewhere = join(world.scratch, 'elsewhere')
  mkdirSync(elsewhere, { recursive: true })
  if (path === 'link') symlinkSync(elsewhere, join(clone.folder, '.salt'))
  await clone.commit({ [path]: 'x\n' })
  const pushed = await store()
  expect(pushed.stderr).toContain(sentence)
  expect(pushed.stderr).toContain('STATES_INVALID')
  expect(pushed.status).not.toBe(0)
  expect(readdirSync(elsewhere)).toEqual([])
})

test('what only reads is read in the check', async () => {
  const facts = join(world.scratch, 'facts')
  writeFileSync(facts, 'x')
  await clone.commit({ '.salt/install.sls': `{% if salt['file.read']('${facts}') == 'x' %}\na: [\n{% endif %}\n` })
  const stored = await store()
  expect(stored.stderr).toContain('install.sls:')
  expect(stored.status).not.toBe(0)
})

test('a pillar whose template runs a command is taken as it is, and read when it is deployed', async () => {
  const text = `who: {{ salt['cmd.run']('sh -c "touch ${ran}; echo me"', python_shell=True) }}\n`
  await pillar.commit({ 'init.sls': text })
  const stored = await pillar.push('-o', 'no-deploy', 'corpus-pillar', 'HEAD:master')
  expect(stored.stderr).toContain('init.sls is checked when it is deployed')
  expect(stored.status, stored.stderr).toBe(0)
  expect(existsSync(ran)).toBe(false)
  await world.must('deploy', name)
  expect(existsSync(ran)).toBe(true)
  await clone.commit({
    '.salt/install.sls':
      "{{ pillar['who'] }}:\n  cmd.run:\n    - name: echo {{ pillar['who'] }} > {{ cfg.data_root }}/who\n",
  })
  const pushed = await clone.push('--force', 'corpus', 'HEAD:master')
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(readFileSync(world.path(name, 'data', 'who'), 'utf8')).toBe('me\n')
  await pillar.commit({ 'init.sls': `${text}{% if %}\n` })
  const refused = await pillar.push()
  expect(refused.stderr).toContain('PILLAR_INVALID')
  expect(refused.status).not.toBe(0)
})
