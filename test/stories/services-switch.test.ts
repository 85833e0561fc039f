/** Switching from one release's processes to the next, under a real supervisor: what fails leaves the old ones untouched. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectName } from '../../src/kernel/names.ts'
import type { Driver } from '../../src/services/driver.ts'
import type { Instance } from '../../src/services/instance.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { type SwitchOptions, type SwitchStep, type SwitchTools, switchProcesses } from '../../src/services/switch.ts'
import { localShell } from '../../src/shell/local.ts'
import { node, type Room, room, wantedInstances, webTree } from '../support/services.ts'

const shop = projectName('shop')
let here: Room
let driver: Driver
let steps: SwitchStep[]
beforeEach(() => {
  here = room()
  driver = runitDriver({ place: here.place, shell: localShell })
  steps = []
})
afterEach(() => here.end(driver))

const web = (release: string, more: object = {}) => {
  webTree(here, release)
  return wantedInstances(here, release, {
    services: { web: { command: `${node} web.mjs`, health: '/', health_timeout: '8s', ...more } },
  })
}
const bring = (wanted: readonly Instance[], more: Partial<SwitchTools> = {}, options: SwitchOptions = {}) =>
  switchProcesses({ driver, shell: localShell, tell: step => steps.push(step), ...more }, shop, wanted, options)
const releases = async () => (await driver.list()).map(one => one.release)
const answers = async () =>
  Promise.all((await driver.list()).map(async one => (await fetch(`http://127.0.0.1:${one.address?.port}/`)).text()))

test('the new release takes over, and the old one ends only after traffic was moved', async () => {
  await bring(web('r1', { count: 2 }))
  const seen: string[][] = []
  const outcome = await bring(web('r2'), {
    moveTraffic: async to => {
      seen.push(
        to.map(one => one.release),
        await answers(),
      )
    },
  })
  expect(seen).toEqual([['r2'], ['r1', 'r1', 'r2']])
  expect(await answers()).toEqual(['r2'])
  expect([outcome.started.length, outcome.stopped.length]).toEqual([1, 2])
})

test('nothing changed: nothing is restarted', async () => {
  await bring(web('r1', { count: 2 }))
  const before = await driver.list()
  const outcome = await bring(web('r1', { count: 2 }))
  expect(await driver.list()).toEqual(before)
  expect([outcome.started, outcome.stopped]).toEqual([[], []])
})

test('asked for a restart, the same is started anew beside the old', async () => {
  await bring(web('r1'))
  const [before] = await driver.list()
  await bring(web('r1'), {}, { restart: true })
  const [after, ...more] = await driver.list()
  expect(more).toEqual([])
  expect(after?.name).not.toBe(before?.name)
  expect(await answers()).toEqual(['r1'])
  await bring(web('r1'))
  expect(await driver.list()).toEqual([after])
})

test('a release that dies at start is given up early, with how it died', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  await expect(
    bring(web('r2', { command: 'echo no config >&2; exit 4', health_timeout: '600s' })),
  ).rejects.toMatchObject({
    code: 'SERVICE_DIED',
    message: expect.stringContaining('last with the status 4'),
  })
  expect(await driver.list()).toEqual(before)
})

test('a health path that answers with an error fails at the limit, and says the status', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  await expect(bring(web('r2', { health: { http: '/', status: 204 }, health_timeout: '2s' }))).rejects.toMatchObject({
    code: 'SERVICE_UNHEALTHY',
    message: expect.stringContaining('answers with the status 200'),
  })
  expect(await driver.list()).toEqual(before)
})

test('a health path that never answers fails at the limit', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  await expect(bring(web('r2', { health: '/?wait=60000', health_timeout: '2s' }))).rejects.toMatchObject({
    code: 'SERVICE_UNHEALTHY',
  })
  expect(await driver.list()).toEqual(before)
})

test('an application that ignores PORT is told so, with where it listens', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  const script = `require('node:http').createServer().listen(0, '127.0.0.1', function () { require('node:fs').writeFileSync('port', String(this.address().port)) })`
  writeFileSync(join(webTree(here, 'r2'), 'stubborn.cjs'), script)
  const wanted = wantedInstances(here, 'r2', {
    services: { web: { command: `${node} stubborn.cjs`, health_timeout: '3s' } },
  })
  await expect(bring(wanted)).rejects.toMatchObject({
    code: 'PORT_IGNORED',
    message: expect.stringContaining('not on'),
  })
  expect(await driver.list()).toEqual(before)
  expect(steps.some(one => one.step === 'traffic' && one.names.length === 0)).toBe(false)
})

test('an application that listens on all interfaces is told of it', async () => {
  writeFileSync(join(webTree(here, 'r1'), 'open.cjs'), `require('node:http').createServer().listen(process.env.PORT)`)
  await bring(wantedInstances(here, 'r1', { services: { web: { command: `${node} open.cjs` } } }))
  const told = () => steps.filter(one => one.step === 'notice' && one.sentence.includes('listens on all interfaces'))
  expect(told()).toHaveLength(1)
  // The next of its kind does the same, which is known; and where a firewall closes its port, nobody need know.
  writeFileSync(join(webTree(here, 'r2'), 'open.cjs'), `require('node:http').createServer().listen(process.env.PORT)`)
  await bring(wantedInstances(here, 'r2', { services: { web: { command: `${node} open.cjs` } } }))
  expect(told()).toHaveLength(1)
  await driver.stop((await driver.list()).map(one => one.name))
  await bring(wantedInstances(here, 'r1', { services: { web: { command: `${node} open.cjs` } } }), {
    portsAreClosed: true,
  })
  expect(told()).toHaveLength(1)
})

test('a check by command runs in the release, with its environment, and can refuse', async () => {
  await bring(web('r1', { health: { command: 'test "$(cat release)" = r1 && test -n "$PORT"' } }))
  const before = await driver.list()
  const check = { command: 'echo the database is not migrated >&2; exit 3' }
  await expect(bring(web('r2', { health: check, health_timeout: '2s' }))).rejects.toMatchObject({
    message: expect.stringContaining('the check ends with 3: the database is not migrated'),
  })
  expect(await driver.list()).toEqual(before)
})

test('traffic that cannot be moved leaves the old release alone', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  const moveTraffic = async () => {
    throw new Error('nginx says no')
  }
  await expect(bring(web('r2'), { moveTraffic })).rejects.toThrow('nginx says no')
  expect(await driver.list()).toEqual(before)
})

test('cancelled while it waits for health: the old release is untouched', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  const stop = new AbortController()
  const tell = (step: SwitchStep) => {
    if (step.step === 'start') setTimeout(() => stop.abort(new Error('cancelled')), 1000)
  }
  await expect(bring(web('r2', { health: '/?wait=60000' }), { tell, signal: stop.signal })).rejects.toThrow('cancelled')
  expect(await driver.list()).toEqual(before)
})

test('a request in flight ends on the old release, and a limit ends the waiting', async () => {
  await bring(web('r1'))
  const [old] = await driver.list()
  const slow = fetch(`http://127.0.0.1:${old?.address?.port}/?wait=1500`).then(answer => answer.text())
  await new Promise(resolve => setTimeout(resolve, 200))
  await bring(web('r2'), { moveTraffic: async () => {} })
  expect(await slow).toBe('r1')
  expect(await releases()).toEqual(['r2'])
})

test('killed after the start of the new ones: the same switch again uses them', async () => {
  await bring(web('r1'))
  const wanted = web('r2')
  await driver.start(wanted)
  const half = (await driver.list()).find(one => one.release === 'r2')
  const outcome = await bring(wanted)
  expect(outcome.serving.map(one => one.pid)).toEqual([half?.pid])
  expect(await releases()).toEqual(['r2'])
})

test('killed after the start of the new ones: going back to the old release restarts nothing', async () => {
  await bring(web('r1'))
  const before = await driver.list()
  await driver.start(web('r2'))
  await bring(web('r1'))
  expect(await driver.list()).toEqual(before)
})

test('the working folder is that of the release, for each', async () => {
  writeFileSync(join(webTree(here, 'r1'), 'where.sh'), 'pwd > where; exec sleep 1000')
  await bring(wantedInstances(here, 'r1', { services: { worker: { command: 'sh where.sh' } } }))
  expect(readFileSync(join(here.root, 'trees/r1/where'), 'utf8').trim()).toBe(join(here.root, 'trees/r1'))
})
