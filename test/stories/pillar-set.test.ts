/** Settings of a pillar changed from the command line: what a push of the same commit would do, with people's comments kept. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let pillar: Clone
const name = uniqueName('set')
const seen = () => readFileSync(world.path(name, 'data', 'colour'), 'utf8').trim()
const head = () => world.ref(name, 'master', 'pillar')
const textOf = async () =>
  (await world.run(['git', '--git-dir', world.path(name, 'git', 'pillar.git'), 'show', 'master:init.sls'])).stdout
const written = `# ask Ann first
makina-projects.${name}:
  data:   # what the pages show
    colour: red # not black
    db_password: hidden-word
`

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  pillar = await world.clonePillar(name)
  await pillar.commit({ 'init.sls': written })
  expect((await pillar.push()).status).toBe(0)
  const clone = await world.clone(name, {
    'index.html': 'hello\n',
    '.salt/reconfigure.sls':
      'colour:\n  cmd.run:\n    - name: test {{ cfg.data.colour }} != black && echo {{ cfg.data.colour }} > {{ cfg.data_root }}/colour\n',
  })
  expect((await clone.push()).status).toBe(0)
})
afterAll(() => world.dispose())

test('a setting is committed in the name of who asks, deployed, and the text around it stays as it was', async () => {
  const before = await head()
  const ended = await world.corpus('pillar', 'set', name, 'data.colour=green')
  expect(ended.stdout).toMatch(/^corpus: .*, release /)
  expect(ended.stdout).toContain('deployed in')
  expect(ended.stdout).not.toContain('remote:')
  expect(ended.status).toBe(0)
  expect(seen()).toBe('green')
  expect(await textOf()).toBe(written.replace('red', 'green'))
  const log = await world.run([
    'git',
    '--git-dir',
    world.path(name, 'git', 'pillar.git'),
    'log',
    '-1',
    '--format=%P %an %s',
    'master',
  ])
  const by = (await world.run(['id', '-un'])).stdout.trim()
  expect(log.stdout).toBe(`${before} ${by} Set data.colour\n`)
  expect(await world.json('status', name)).toMatchObject({ state: 'live' })
  const [release] = await world.json<Record<string, unknown>[]>('releases', name)
  expect(release).toMatchObject({ by, pillar_commit: await head(), status: 'succeeded', current: true })
  const again = await world.must('pillar', 'set', name, 'data.colour=green')
  expect(again.stdout).toBe('The pillar says so already.\n')
})

test('what a push would be refused for, is refused in the same words, and with the same status', async () => {
  const before = await head()
  const ended = await world.corpus('pillar', 'set', name, 'keep_archives=many')
  await pillar.git('fetch', '-q', 'corpus-pillar')
  await pillar.git('reset', '-q', '--hard', before)
  await pillar.commit({ 'init.sls': (await textOf()).replace('  data:', '  keep_archives: many\n  data:') })
  const pushed = await pillar.push()
  expect(ended.status).toBe(pushed.status)
  const words = pushed.stderr
    .split('\n')
    .flatMap(line => (line.startsWith('remote: ') ? [line.slice(8).trimEnd()] : []))
  expect(ended.stdout.trimEnd().split('\n')).toEqual(words.filter(Boolean))
  expect(ended.stdout).toContain('keep_archives')
  expect(await head()).toBe(before)
  await world.must('freeze', name, '--why', 'holidays')
  const frozen = await world.corpus('pillar', 'set', name, 'data.colour=blue')
  expect([frozen.status, frozen.stdout]).toEqual([1, expect.stringContaining('frozen: holidays')])
  await world.must('thaw', name)
})

test('a setting with which the release does not run is taken back', async () => {
  const before = await head()
  const ended = await world.corpus('pillar', 'set', name, 'data.colour=black')
  expect(ended.status).toBe(1)
  expect(ended.stdout).toContain('reconfigure FAILED')
  expect(ended.stdout).toContain('ROLLED BACK')
  expect(await head()).toBe(before)
  expect(seen()).toBe('green')
})

test('keys are read as a deployment reads them, with secrets hidden, and taken out again', async () => {
  const file = join(world.scratch, 'password')
  writeFileSync(file, 'from-a-file: #1\n')
  const ended = await world.must('pillar', 'set', name, `data.other_password=@${file}`, ':redis:port=6379')
  expect(ended.stdout + ended.stderr).not.toContain('from-a-file')
  expect((await world.must('pillar', 'get', name, 'data.other_password')).stdout).toBe('********\n')
  expect((await world.must('pillar', 'get', name, 'data.other_password', '--reveal')).stdout).toBe(
    'from-a-file: #1\n\n',
  )
  expect(await world.json('pillar', 'get', name)).toMatchObject({ redis: { port: 6379 } })
  expect((await world.must('pillar', 'get', name, 'data.colour')).stdout).toBe('green\n')
  await world.must('pillar', 'unset', name, 'data.other_password', ':redis')
  expect(await textOf()).toBe(written.replace('red', 'green'))
  const gone = await world.corpus('pillar', 'unset', name, 'data.nothing')
  expect([gone.status, gone.stderr]).toEqual([4, expect.stringContaining('SETTING_UNKNOWN')])
  expect((await world.corpus('pillar', 'get', name, 'data.nothing')).status).toBe(4)
})

test('a template is left to a person', async () => {
  const before = await textOf()
  await pillar.git('fetch', '-q', 'corpus-pillar')
  await pillar.git('reset', '-q', '--hard', await head())
  const clone = await head()
  await pillar.commit({ 'init.sls': `{% set colour = 'green' %}\n${before.replace('green', '{{ colour }}')}` })
  expect((await pillar.push()).status).toBe(0)
  const ended = await world.corpus('pillar', 'set', name, 'data.colour=blue')
  expect([ended.status, ended.stderr]).toEqual([3, expect.stringContaining('PILLAR_NOT_EDITABLE')])
  expect((await world.must('pillar', 'get', name, 'data.colour')).stdout).toBe('green\n')
  await pillar.git('reset', '-q', '--hard', clone)
  expect((await pillar.push('-f', 'corpus-pillar', 'HEAD:master')).status).toBe(0)
})

test('of several at once none overwrites another: each is built upon what is there, or says that the pillar moves', async () => {
  const keys = ['one', 'two', 'three', 'four']
  const all = await Promise.all(keys.map(key => world.corpus('pillar', 'set', name, `data.${key}=${key}`)))
  const data = (await world.json<Record<string, { data: Record<string, string> }>>('pillar', 'get', name))[
    `makina-projects.${name}`
  ]?.data
  for (const [at, ended] of all.entries()) {
    const key = keys[at] ?? ''
    if (ended.status === 0) expect(data).toMatchObject({ [key]: key })
    else expect([ended.status, ended.stderr]).toEqual([5, expect.stringContaining('PILLAR_BUSY')])
  }
  expect(all.filter(ended => ended.status === 0).length).toBeGreaterThan(0)
})
