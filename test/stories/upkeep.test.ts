import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reconcile } from '../../src/controller/reconcile.ts'
import { localShell } from '../../src/shell/local.ts'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const name = uniqueName('clock')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
  clone = await world.clone(name, {
    Procfile: 'web: exec node server.js\n',
    'server.js': "require('node:http').createServer((q, s) => s.end('up')).listen(process.env.PORT, '127.0.0.1')\n",
  })
  expect(await clone.push()).toMatchObject({ status: 0 })
})
afterAll(() => world.dispose())

const isRoot = process.getuid?.() === 0
const jobFiles = () =>
  (isRoot && existsSync('/etc/cron.d') ? readdirSync('/etc/cron.d') : []).filter(file => file.includes(name))

test.runIf(isRoot && !existsSync('/run/systemd/system'))(
  'a schedule becomes a job of cron in the release that runs, and goes with it',
  async () => {
    await world.must('config', 'set', name, 'schedule={"nightly": "30 3 * * * echo done"}')
    await world.must('deploy', name)
    expect(jobFiles()).toHaveLength(1)
    expect(readFileSync(join('/etc/cron.d', jobFiles()[0] as string), 'utf8')).toContain('30 3 * * *')
    await world.must('config', 'unset', name, 'schedule')
    await world.must('deploy', name)
    expect(jobFiles()).toHaveLength(0)
  },
)

test('a schedule that cannot be is refused, and what runs goes on', async () => {
  await world.must('config', 'set', name, 'schedule={"odd": "61 25 * * * true"}')
  const ended = await world.corpus('deploy', name)
  expect(ended.status).not.toBe(0)
  expect(ended.stdout).toContain('SCHEDULE_INVALID')
  expect(await world.json('status', name)).toMatchObject({ state: 'live' })
  await world.must('config', 'unset', name, 'schedule')
})

test.runIf(!existsSync('/run/systemd/system'))(
  'the agent brings a supervisor that was killed back, and with it the application',
  async () => {
    const pid = Number(readFileSync(join(world.root, 'corpus', 'runit', 'pid'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    const agent = spawn(corpusCommand, ['agent', `--root=${world.root}`], { env: world.env, stdio: 'ignore' })
    try {
      await eventually('another supervisor', () => {
        const now = Number(readFileSync(join(world.root, 'corpus', 'runit', 'pid'), 'utf8'))
        return now !== pid && existsSync(`/proc/${now}`)
      })
      const { url } = await world.json<{ url: string }>('status', name)
      expect(
        await eventually('an answer', () =>
          fetch(url)
            .then(answer => answer.text())
            .catch(() => null),
        ),
      ).toBe('up')
    } finally {
      agent.kill('SIGTERM')
    }
  },
)

test.runIf(process.getuid?.() === 0 && !existsSync('/run/systemd/system'))(
  'the agent is started now and with the machine, and neither any more',
  async () => {
    const lines = () =>
      readdirSync('/etc/cron.d')
        .filter(file => file.startsWith('corpus-_agent-'))
        .map(file => readFileSync(join('/etc/cron.d', file), 'utf8'))
        .filter(text => text.includes(world.root))
    const enabled = await world.corpus('agent', '--enable')
    expect(enabled.status, enabled.stderr).toBe(0)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toContain(`@reboot root '${corpusCommand}' 'agent' '--root=${world.root}'`)
    const socket = join(world.root, 'corpus', 'agent.sock')
    expect(existsSync(socket)).toBe(true)
    expect((await world.corpus('agent', '--enable')).stdout).toContain('runs already')
    expect(lines()).toHaveLength(1)
    expect((await world.corpus('agent', '--disable')).status).toBe(0)
    expect(lines()).toEqual([])
    await eventually('it ended', () => !existsSync(socket))
    expect((await world.corpus('agent', '--disable')).status).toBe(0)
  },
)

test('what a root without projects would need is not brought up', async () => {
  const empty = makeWorld()
  try {
    const name = uniqueName('last')
    await empty.must('init', name, '--mode', 'final', '--installer', 'procfile')
    expect((await (await empty.clone(name, { Procfile: 'worker: exec sleep 1000\n' })).push()).status).toBe(0)
    await empty.must('destroy', name, '--confirm', name)
    expect(await reconcile({ root: empty.root, shell: localShell })).toEqual([])
  } finally {
    await empty.dispose()
  }
})

test.runIf(process.getuid?.() === 0 && !existsSync('/run/systemd/system'))(
  'an agent that is enabled before the first project runs, and is stopped at once when that is asked',
  async () => {
    const fresh = makeWorld()
    try {
      expect(await fresh.corpus('agent', '--enable')).toMatchObject({ status: 0, stderr: '' })
      expect((await fresh.corpus('agent', '--disable')).stdout).toContain('and was stopped')
    } finally {
      await fresh.dispose()
    }
  },
)
