/** A project on a machine that is booted with systemd, from its first push to its end. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, statusOf } from '../support/applications.ts'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

interface Answer {
  readonly version: string
  readonly pid: number
  readonly uid: number
}
interface Row {
  readonly name: string
  readonly pid: number
  readonly state: string
  readonly restarts: number
}
interface Line {
  readonly process: string
  readonly time: string
  readonly text: string
}

const server = (version: string) => `
console.log('begins: ${version}')
require('node:http').createServer((request, response) => {
  response.end(JSON.stringify({ version: '${version}', pid: process.pid, uid: process.getuid() }))
}).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => { console.log('ends: ${version}'); process.exit(0) })
`

let world: World
let clone: Clone
const name = uniqueName('boot')
const isRoot = process.getuid?.() === 0
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'nodejs')
  const pillar = await world.clonePillar(name)
  const ticks = `  schedule: {tick: '* * * * * echo "$CORPUS_PROJECT ticks"'}\n`
  await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  installer: nodejs\n${ticks}` })
  expect((await pillar.push()).status).toBe(0)
  clone = await world.clone(name, {
    'package.json': '{"scripts":{"start":"node server.js"}}',
    'server.js': server('one'),
  })
})
afterAll(() => world.dispose())

const rows = () => world.json<Row[]>('ps', name)
const answer = () => answerOf<Answer>(world, name)
const lines = async (): Promise<Line[]> =>
  (await world.must('logs', name, '--app', '--json')).stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
const units = async () => {
  const ended = await world.run([
    'systemctl',
    '--all',
    '--full',
    '--plain',
    '--no-legend',
    'list-units',
    `corpus-*${name}*`,
  ])
  return ended.stdout.trim()
}

test('a push starts it under systemd, as its own account', async () => {
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const { version, uid } = await answer()
  expect(version).toBe('one')
  if (isRoot) expect(uid).not.toBe(0)
  expect(await rows()).toMatchObject([{ name: 'web.1', state: 'running', restarts: 0 }])
  expect(await units()).toMatch(/^corpus-\S+\.web\.1\.\S+\.service +loaded +active +running/m)
})

test('a process that is killed comes back', async () => {
  const before = await answer()
  process.kill(before.pid, 'SIGKILL')
  await eventually('it is back', async () => {
    const [row] = await rows()
    return row?.state === 'running' && row.restarts === 1 && row.pid !== before.pid
  })
  expect((await answer()).version).toBe('one')
})

test('a second version replaces the first, and a rollback brings the first back', async () => {
  await clone.commit({ 'server.js': server('two') })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect((await answer()).version).toBe('two')
  const { release } = await statusOf(world, name)
  await world.must('rollback', name)
  expect((await answer()).version).toBe('one')
  expect((await statusOf(world, name)).release).not.toBe(release)
  expect(await rows()).toHaveLength(1)
})

test('a version that does not come up leaves the one before', async () => {
  await clone.commit({ 'server.js': "console.log('cannot'); process.exit(4)" })
  const pushed = await clone.push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('cannot')
  expect((await answer()).version).toBe('one')
  expect(await rows()).toHaveLength(1)
})

test('what processes said is told in the order of time, of those that are gone too, and nothing else', async () => {
  const said = await eventually('the journal has it', async () => {
    const all = await lines()
    return all.some(one => one.text === 'ends: two') ? all : null
  })
  const texts = said.map(one => one.text)
  expect(texts.filter(text => /^(begins|ends): (one|two)$/.test(text)).slice(0, 5)).toEqual([
    'begins: one',
    'begins: one',
    'begins: two',
    'ends: one',
    'begins: one',
  ])
  expect(texts.join('\n')).not.toMatch(/Start|Stopp|Scheduled|Deactivated/)
  const times = said.map(one => one.time)
  expect([...times].sort()).toEqual(times)
  const [first = ''] = times
  expect(Math.abs(Date.now() - Date.parse(`${first}Z`))).toBeLessThan(600_000)
})

test('the agent is a unit that comes back, and serves pushes', async () => {
  expect((await world.must('agent', '--enable')).stdout).toMatch(/^corpus-_agent-[0-9a-f]{8}\.service is enabled/)
  const socket = join(world.root, 'corpus', 'agent.sock')
  await eventually('it listens', () => existsSync(socket))
  const [unit = ''] = (
    await world.run(['systemctl', 'list-units', '--plain', '--no-legend', 'corpus-_agent-*'])
  ).stdout.split(' ')
  const pid = async () => (await world.run(['systemctl', 'show', '-P', 'MainPID', unit])).stdout.trim()
  const before = await pid()
  await world.run(['kill', '-9', before])
  await eventually('another one runs', async () => !['0', before].includes(await pid()))
  await clone.commit({ 'server.js': server('agent') })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await world.must('agent', '--disable')
  expect((await world.run(['systemctl', 'list-unit-files', '--no-legend', 'corpus-_agent-*'])).stdout).toBe('')
  expect((await answer()).version).toBe('agent')
})

test('its timer fires', async () => {
  const log = join(world.root, 'corpus', 'logs', name, 'jobs', 'tick.log')
  await eventually('a minute begins', () => existsSync(log) && readFileSync(log, 'utf8').includes('ended with 0'), 90)
  expect(readFileSync(log, 'utf8')).toContain(`${name} ticks`)
})

test('destroyed, it leaves no unit', async () => {
  expect(await units()).not.toBe('')
  await world.must('destroy', name, '--confirm', name)
  expect(await units()).toBe('')
  if (!isRoot) return
  expect(readdirSync('/etc/systemd/system', { recursive: true }).filter(file => String(file).includes(name))).toEqual(
    [],
  )
})
