import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, statusOf } from '../support/applications.ts'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

interface Answer {
  readonly greeting: string
  readonly secret: string
  readonly pid: number
}

const server = (greeting: string) => `
console.log('listening: ${greeting}')
require('node:http').createServer((request, response) => {
  console.log('asked for ' + request.url)
  response.end(JSON.stringify({ greeting: '${greeting}', secret: process.env.SECRET ?? '', pid: process.pid }))
}).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`
const task = (text: string) => `
{% set app = salt['mc_project.application']() %}
noted:
  cmd.run:
    - name: echo "${text} $SECRET" >> '{{ cfg.data_root }}/noted'
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ app.environment|json }}
`

let world: World
let clone: Clone
const name = uniqueName('ops')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'nodejs')
  await world.must('env', 'set', name, 'SECRET=it\'s $HOME\nand "more"')
  clone = await world.clone(name, {
    'package.json': '{"scripts":{"start":"node server.js"}}',
    'server.js': server('one'),
    '.salt/task_note.sls': task('done with'),
    '.salt/task_broken.sls': 'broken:\n  test.fail_without_changes: []\n',
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
})
afterAll(() => world.dispose())

interface Row {
  readonly name: string
  readonly pid: number
  readonly state: string
}
const rows = () => world.json<Row[]>('ps', name)
const secret = 'it\'s $HOME\nand "more"'

test('a variable that was set reaches the application byte for byte', async () => {
  expect((await answerOf<Answer>(world, name)).secret).toBe(secret)
})

test('a one-off command has the folder, the environment and the account of the release, and its exit status', async () => {
  const tree = realpathSync(world.path(name, 'project'))
  const script = 'console.log(JSON.stringify([process.cwd(), process.env.SECRET, process.getuid(), process.argv[1]]))'
  const ended = await world.corpus('run', name, '--', 'node', '-e', script, '--', 'two words')
  expect(ended.status, ended.stderr).toBe(0)
  const [folder, value, uid, word] = JSON.parse(ended.stdout)
  expect({ folder, value, word }).toEqual({ folder: tree, value: secret, word: 'two words' })
  if (process.getuid?.() === 0) expect(uid).not.toBe(0)
  expect((await world.corpus('run', name, '--', 'sh', '-c', 'exit 7')).status).toBe(7)
  expect((await world.corpus('run', name, '--', 'sh', '-c', 'kill -TERM $$')).status).toBe(143)
  expect((await world.corpus('run', name, '--', 'no-such-program')).status).toBe(127)
  expect((await world.corpus('run', name)).status).toBe(2)
  expect(readdirSync(join(world.root, 'corpus', 'one-off'))).toEqual([])
})

test('a one-off command reads what is given to it, and has a terminal where there is one', async () => {
  const read = await world.run([corpusCommand, 'run', name, '--', 'cat'], { input: 'hello' })
  expect(read.stdout).toBe('hello')
  const plain = await world.corpus('run', name, '--', 'sh', '-c', 'test -t 0 && echo terminal || echo none')
  expect(plain.stdout).toBe('none\n')
  const line = `${corpusCommand} run ${name} -- sh -c 'test -t 0 && echo terminal || echo none'`
  const typed = await world.run(['script', '--quiet', '--return', '--command', line, '/dev/null'])
  // What script(1) types when its own input is at its end is echoed by the new terminal.
  expect(typed.stdout.trim().replace('^@', '')).toBe('terminal')
})

test('tasks are listed and run by hand, with the environment of the application', async () => {
  expect((await world.must('task', name)).stdout).toBe('broken\nnote\n')
  const ran = await world.corpus('task', name, 'note')
  expect(ran.status, ran.stdout + ran.stderr).toBe(0)
  expect(readFileSync(world.path(name, 'data', 'noted'), 'utf8')).toBe(`done with ${secret}\n`)
  expect((await world.corpus('task', name, 'note', '--test')).status).toBe(2)
  expect(readFileSync(world.path(name, 'data', 'noted'), 'utf8').match(/done with/g)).toHaveLength(1)
  expect((await world.corpus('task', name, 'broken')).status).toBe(1)
  const unknown = await world.corpus('task', name, 'nott')
  expect(unknown.status).toBe(4)
  expect(unknown.stderr).toContain('Did you mean note?')
  expect((await world.corpus('task', name, '../../etc/x')).status).toBe(4)
})

test('a deployment runs no task', () => {
  expect(existsSync(world.path(name, 'data', 'noted'))).toBe(true)
  expect(readFileSync(world.path(name, 'data', 'noted'), 'utf8').match(/done with/g)).toHaveLength(1)
})

test('processes are scaled up and down, and the count stays for later pushes', async () => {
  const [first] = await rows()
  const up = await world.corpus('ps', name, 'scale', 'web=3')
  expect(up.status, up.stdout + up.stderr).toBe(0)
  const three = await rows()
  expect(three.map(one => one.name).sort()).toEqual(['web.1', 'web.2', 'web.3'])
  expect(three.find(one => one.name === 'web.1')?.pid).toBe(first?.pid)

  await clone.commit({ 'server.js': server('two') })
  expect((await clone.push()).status).toBe(0)
  // Those of before are drained behind the verdict.
  await eventually('three run', async () => (await rows()).length === 3)
  expect((await answerOf<Answer>(world, name)).greeting).toBe('two')

  expect((await world.corpus('ps', name, 'scale', 'web=1')).status).toBe(0)
  await eventually('one runs', async () => (await rows()).map(one => one.name).join() === 'web.1')
})

test('what cannot be scaled is refused, and nothing of it is kept', async () => {
  for (const word of ['wb=2', 'web=-1', 'web=100000', 'web', 'web=2;x'])
    expect((await world.corpus('ps', name, 'scale', word)).status, word).not.toBe(0)
  expect((await world.corpus('ps', name, 'scale', 'worker=2')).stderr).toContain('worker')
  expect((await world.corpus('ps', name, 'dance')).status).toBe(2)
  expect((await world.json<Record<string, number>>('config', 'get', name, 'scale')).web).toBe(1)
  expect(await rows()).toHaveLength(1)
})

test('processes are restarted on request, and the application answers on', async () => {
  const [before] = await rows()
  const restarted = await world.corpus('ps', name, 'restart')
  expect(restarted.status, restarted.stdout + restarted.stderr).toBe(0)
  const [after] = await rows()
  expect(after?.pid).not.toBe(before?.pid)
  expect((await answerOf<Answer>(world, name)).greeting).toBe('two')
  expect((await statusOf(world, name)).state).toBe('live')
})

test('what the application says is shown, by process and as it comes', async () => {
  const { url } = await statusOf(world, name)
  await eventually('its first line is there', async () =>
    (await world.corpus('logs', name, '--app')).stdout.includes('web.1: listening: two'),
  )
  const follower = spawn(corpusCommand, ['logs', name, '--app', '--follow', '--process', 'web'], { env: world.env })
  let told = ''
  follower.stdout.setEncoding('utf8').on('data', (piece: string) => {
    told += piece
  })
  const ended = new Promise<number | null>(resolve => follower.on('close', resolve))
  await eventually('the follower shows what was said before', () => told.includes('listening: two'))
  for (let at = 0; at < 40; at++) await fetch(`${url}page-${at}`)
  await eventually('the last line came', () => told.includes('/page-39\n'))
  follower.kill('SIGTERM')
  expect(await ended).toBe(0)
  const pages = [...told.matchAll(/web\.1: asked for \/page-(\d+)\n/g)].map(match => Number(match[1]))
  expect(pages).toEqual(Array.from({ length: 40 }, (_, at) => at))

  expect((await world.must('logs', name, 'v1')).stdout).toContain('v1')
  const lines = (await world.must('logs', name, '--app', '--lines', '5')).stdout.trim().split('\n')
  expect(lines).toHaveLength(5)
  expect(lines[4]).toMatch(/web\.1: asked for \/page-39$/)
  expect((await world.must('logs', name, '--app', '--process', 'worker')).stdout).toBe('')
})

test('in editable mode an edit in place counts from the next deployment on', async () => {
  const edited = uniqueName('dev')
  await world.must('init', edited, '--mode', 'editable', '--installer', 'nodejs')
  const other = await world.clone(edited, {
    'package.json': '{"scripts":{"start":"node server.js"}}',
    'server.js': server('one'),
  })
  const pushed = await other.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect((await answerOf<Answer>(world, edited)).greeting).toBe('one')
  writeFileSync(world.path(edited, 'project', 'server.js'), server('edited'))
  await world.must('deploy', edited)
  expect((await answerOf<Answer>(world, edited)).greeting).toBe('edited')
  expect(readFileSync(world.path(edited, 'project', 'server.js'), 'utf8')).toBe(server('edited'))
})
