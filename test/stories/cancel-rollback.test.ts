/** Cancelling what goes back: the step of the project that hangs is stopped, and the release before comes back all the same. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { statusOf } from '../support/applications.ts'
import { type Clone, eventually, makeWorld, processesWith, uniqueName, type World } from '../support/world.ts'

/** What rollback.sls of the good release does is written here before each test. */
let order: string
let began: string
let mark: string
let world: World
let clone: Clone
let good = ''
const name = uniqueName('goback')

const server = `
const greeting = require('node:fs').readFileSync('greeting', 'utf8')
require('node:http').createServer((_, response) => response.end(JSON.stringify(greeting))).listen(process.env.PORT, '127.0.0.1')
`

beforeAll(async () => {
  world = makeWorld()
  order = join(world.scratch, 'order')
  await world.must('init', name, '--mode', 'final', '--installer', 'nodejs')
  clone = await world.clone(name, {
    'package.json': '{"scripts":{"start":"node server.js"}}',
    'server.js': server,
    greeting: 'good',
    '.salt/rollback.sls': `
{% if salt['file.file_exists']('${order}') %}
{% if 'template' in salt['file.read']('${order}') %}
{% set x = salt['cmd.run']("sh '${order}'", python_shell=True) %}
{% endif %}
hook:
  cmd.run:
    - name: sh '${order}'
{% endif %}
`,
  })
  writeFileSync(order, 'true\n')
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
})
afterAll(() => world.dispose())
beforeEach(async () => {
  writeFileSync(order, 'true\n')
  mark = `30${Math.floor(Math.random() * 1e6)}`
  began = join(world.scratch, `began-${mark}`)
  await clone.git('reset', '-q', '--hard', good)
})

const hangs = () => `echo hook >> ${began}; (trap '' TERM; while :; do sleep ${mark}; done) & sleep ${mark}\n`
const atHook = () => eventually('the hook has begun', () => existsSync(began) && readFileSync(began, 'utf8') !== '')
const failing = 'bad:\n  cmd.run:\n    - name: exit 3\n'
/** Fails only after the new processes took over: going back has to switch again. */
const waits = () => `slow:\n  cmd.run:\n    - name: "touch ${began}-step; sleep ${mark}"\n`
const atStep = () => eventually('the slow step has begun', () => existsSync(`${began}-step`))

async function goodServes(): Promise<void> {
  const status = await statusOf(world, name)
  expect(status).toMatchObject({ state: 'live', commit: good })
  expect(await (await fetch(status.url as string)).json()).toBe('good')
  expect(await world.ref(name, 'master')).toBe(good)
  expect(processesWith(mark)).toEqual([])
}

interface Ending {
  readonly status: string
  readonly fault: { readonly code: string; readonly detail?: string }
}
const lastEnding = async (): Promise<Ending> => {
  const rows = await world.json<{ release: string }[]>('releases', name)
  return JSON.parse(readFileSync(world.path(name, 'deployments', rows[0]?.release ?? '', 'record.json'), 'utf8'))
}

test('after a cancel the hook of the rollback runs to its end, and the old processes serve', async () => {
  writeFileSync(order, `echo hook >> ${began}\n`)
  await clone.commit({ greeting: 'bad', '.salt/post_install.sls': waits() })
  const pushing = clone.push()
  await atStep()
  const cancelled = await world.corpus('cancel', name)
  expect(cancelled.stdout).toContain('cancelled')
  expect(cancelled.status).toBe(0)
  expect((await pushing).status).not.toBe(0)
  expect(readFileSync(began, 'utf8')).toBe('hook\n')
  await goodServes()
})

test('a hook of the rollback that hangs is stopped by a cancel, and the failure stays what it was', async () => {
  writeFileSync(order, hangs())
  await clone.commit({ greeting: 'bad', '.salt/post_install.sls': failing })
  const pushing = clone.push()
  await atHook()
  const cancelled = await world.corpus('cancel', name)
  expect(cancelled.stdout).toContain('rolled back')
  expect(cancelled.status).toBe(0)
  const pushed = await pushing
  expect(pushed.stderr).toContain('ROLLED BACK')
  expect(pushed.stderr).toContain('rollback.sls was stopped')
  expect(pushed.status).not.toBe(0)
  const ending = await lastEnding()
  expect(ending).toMatchObject({ status: 'rolled back', fault: { code: 'STATES_FAILED' } })
  expect(ending.fault.detail).toContain('rollback.sls was stopped')
  await goodServes()
})

test('a second cancel stops what hangs in the rollback of the first', async () => {
  writeFileSync(order, hangs())
  await clone.commit({ greeting: 'bad', '.salt/post_install.sls': waits() })
  const pushing = clone.push()
  await atStep()
  const first = world.corpus('cancel', name)
  await atHook()
  const second = await world.corpus('cancel', name)
  expect([second.stdout, second.status]).toEqual([expect.stringContaining('cancelled'), 0])
  expect(await first).toMatchObject({ status: 0, stdout: expect.stringContaining('cancelled') })
  expect((await pushing).stderr).toContain('rollback.sls was stopped')
  expect(await lastEnding()).toMatchObject({ status: 'cancelled', fault: { code: 'DEPLOYMENT_CANCELLED' } })
  await goodServes()
})

test('a template of the hook that blocks is stopped too, and not run again', async () => {
  const go = `${began}-go`
  await clone.commit({
    greeting: 'bad',
    '.salt/post_install.sls': `bad:\n  cmd.run:\n    - name: "touch ${began}-step; while [ ! -e ${go} ]; do sleep 0.05; done; exit 3"\n`,
  })
  const pushing = clone.push()
  await atStep()
  writeFileSync(order, `# template\n${hangs()}`)
  writeFileSync(go, '')
  await atHook()
  const cancelled = await world.corpus('cancel', name)
  expect(cancelled.status, cancelled.stdout + cancelled.stderr).toBe(0)
  expect((await pushing).stderr).toContain('rollback.sls was stopped')
  expect(readFileSync(began, 'utf8')).toBe('hook\n')
  await goodServes()
})

test('a downgrade that hangs is stopped: its step stays done, and that is told', async () => {
  await clone.commit({
    greeting: 'bad',
    '.salt/upgrades/001_column.sls': 'up:\n  test.nop: []\n',
    '.salt/upgrades/001_column.downgrade.sls': `down:\n  cmd.run:\n    - name: "echo down >> ${began}; sleep ${mark}"\n`,
    '.salt/post_install.sls': failing,
  })
  const pushing = clone.push()
  await atHook()
  const cancelled = await world.corpus('cancel', name)
  expect(cancelled.stdout).toContain('rolled back')
  const { stderr } = await pushing
  expect(stderr).toContain('upgrades/001_column.downgrade.sls was stopped')
  expect(stderr).toMatch(/upgrade steps that stay done: 001_column/)
  await goodServes()
})
