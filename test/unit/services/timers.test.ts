import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { projectName } from '../../../src/kernel/names.ts'
import { declaredJobs, installJobs } from '../../../src/services/jobs.ts'
import { servicesPlace } from '../../../src/services/place.ts'
import { systemctl, unitFolder } from '../../../src/services/systemd/manager.ts'
import type { Command, Shell } from '../../../src/shell/shell.ts'

let root: string
let said: string[]
let commands: Command[]
/** What systemctl refuses to do. */
let refused: string
const shell: Shell = {
  run: async command => {
    commands.push(command)
    const words = command.argv.filter(word => !word.startsWith('-')).slice(1)
    said.push(words.join(' '))
    const isRefused = words[0] === refused
    return {
      ...{ status: isRefused ? 1 : 0, killedBy: null, timedOut: false, pid: 1 },
      ...{ stdout: Buffer.from(''), stderr: Buffer.from(isRefused ? 'it cannot\n' : '') },
    }
  },
  runSync: () => {
    throw new Error('not used')
  },
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-timers-'))
  said = []
  commands = []
  refused = ''
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const units = () => join(root, 'units')
const install = (schedule: unknown) =>
  installJobs(
    { place: servicesPlace(root), shell, clock: 'systemd', unitFolder: units() },
    {
      ...{ project: projectName('shop'), release: 'r1', tree: root, account: null, environment: {} },
      jobs: declaredJobs(schedule),
    },
  )

test('timers are made, and those of jobs that are gone are stopped before their files go', async () => {
  await install({ a: '@daily x', b: '@daily y' })
  expect(said).toEqual(['daemon-reload', 'enable corpus-job-shop.a.timer corpus-job-shop.b.timer'])
  said = []
  await install({ b: '@daily y' })
  expect(said).toEqual([
    'disable corpus-job-shop.a.timer',
    'daemon-reload',
    'reset-failed corpus-job-shop.a.service corpus-job-shop.a.timer',
    'enable corpus-job-shop.b.timer',
  ])
  expect(readdirSync(units()).sort()).toEqual(['corpus-job-shop.b.service', 'corpus-job-shop.b.timer'])
  await install({})
  expect(readdirSync(units())).toEqual([])
})

test('what systemd does not do is told, and a timer that was not stopped is stopped by the next call', async () => {
  await install({ a: '@daily x' })
  refused = 'disable'
  await expect(install({})).rejects.toMatchObject({ code: 'SUPERVISOR_FAILED', detail: 'it cannot' })
  expect(existsSync(join(units(), 'corpus-job-shop.a.timer'))).toBe(true)
  refused = 'daemon-reload'
  await expect(install({})).rejects.toMatchObject({ code: 'SUPERVISOR_FAILED' })
  await expect(install({ a: '@daily x' })).rejects.toMatchObject({ code: 'SUPERVISOR_FAILED' })
  refused = 'reset-failed'
  await install({})
  expect(readdirSync(units())).toEqual([])
})

test('units of a user are where their settings are', () => {
  vi.stubEnv('HOME', '/home/ann')
  vi.stubEnv('XDG_CONFIG_HOME', undefined)
  expect(unitFolder('user')).toBe('/home/ann/.config/systemd/user')
  vi.stubEnv('XDG_CONFIG_HOME', '/home/ann/settings')
  expect(unitFolder('user')).toBe('/home/ann/settings/systemd/user')
  expect(unitFolder('system')).toBe('/etc/systemd/system')
})

test("a user's own manager is found where the session's variable says", async () => {
  mkdirSync(join(root, 'systemd/private'), { recursive: true })
  vi.stubEnv('XDG_RUNTIME_DIR', root)
  await systemctl({ shell, scope: 'user', timeoutSeconds: 5 }, ['daemon-reload'])
  expect(commands[0]?.argv).toEqual(['/usr/bin/systemctl', '--user', '--no-pager', 'daemon-reload'])
  expect(commands[0]?.env).toMatchObject({ XDG_RUNTIME_DIR: root, PATH: process.env['PATH'] })
})
