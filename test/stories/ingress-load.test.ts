/** Under load: requests go on all the time while releases are switched, processes and nginx's own are killed. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { childrenOf, commandLineOf } from '../../src/ingress/process-tree.ts'
import { projectName } from '../../src/kernel/names.ts'
import type { Driver } from '../../src/services/driver.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { switchProcesses } from '../../src/services/switch.ts'
import { pause } from '../../src/services/waiting.ts'
import { localShell } from '../../src/shell/local.ts'
import { ask, type EntryPoint, entryPoint, load, siteOf, targetOf } from '../support/ingress.ts'
import { node, type Room, room, wantedInstances, webTree } from '../support/services.ts'
import { eventually } from '../support/world.ts'

const shop = projectName('shop')
let here: Room
let driver: Driver
let entry: EntryPoint
beforeEach(async () => {
  here = room()
  driver = runitDriver({ place: here.place, shell: localShell })
  entry = await entryPoint(here)
})
afterEach(() => here.end(driver))

const serve = async (release: string, web: object = {}) => {
  const tree = webTree(here, release)
  const services = { web: { command: `${node} web.mjs`, health: '/', health_timeout: '15s', ...web } }
  return switchProcesses(
    {
      driver,
      shell: localShell,
      moveTraffic: async to => {
        await entry.ingress.put(siteOf('shop', ['shop.test']), targetOf(tree, to))
      },
    },
    shop,
    wantedInstances(here, release, { services }),
    { drainSeconds: 10 },
  )
}
const answer = async () => (await ask(entry, 'shop.test')).text
const until = (what: string, done: () => boolean | Promise<boolean>) => eventually(what, done, 30)

test('eight switches, one release that dies and one that is unhealthy: not one request fails, each release answers, and the first ones end', async () => {
  await serve('r0')
  const asking = load(entry, 'shop.test')
  for (let n = 1; n <= 8; n++) {
    await serve(`r${n}`)
    if (n === 3) await expect(serve('dead', { command: 'exit 1' })).rejects.toMatchObject({ code: 'SERVICE_DIED' })
    if (n === 5)
      await expect(serve('ill', { health: { http: '/', status: 204 }, health_timeout: '1s' })).rejects.toMatchObject({
        code: 'SERVICE_UNHEALTHY',
      })
    await pause(200)
  }
  const { good, failures, answers } = await asking.stop()
  expect(failures).toEqual([])
  expect(good).toBeGreaterThan(200)
  expect([...answers.keys()].sort()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8'])
  expect((await driver.list()).map(one => one.release)).toEqual(['r8'])
})

test('slow requests in flight end on the release that they began on', async () => {
  await serve('r1')
  const slow = Array.from({ length: 10 }, () => ask(entry, 'shop.test', '/?wait=2000'))
  await pause(300)
  await serve('r2')
  expect((await Promise.all(slow)).map(one => [one.status, one.text])).toEqual(slow.map(() => [200, 'r1']))
  expect(await answer()).toBe('r2')
})

test('one of two processes is killed: the other answers, and it comes back', async () => {
  await serve('r1', { count: 2 })
  const asking = load(entry, 'shop.test')
  await pause(300)
  const [one] = await driver.list()
  process.kill(one?.pid ?? 0, 'SIGKILL')
  await until('it is back', async () =>
    (await driver.list()).every(each => each.state === 'running' && each.pid !== one?.pid),
  )
  await pause(500)
  const { good, failures } = await asking.stop()
  // Only what that process was answering at the moment of its death can be lost.
  expect(failures.length).toBeLessThanOrEqual(16)
  expect(good).toBeGreaterThan(50)
})

test('the only process is killed: it answers again by itself', async () => {
  await serve('r1')
  const [one] = await driver.list()
  process.kill(one?.pid ?? 0, 'SIGKILL')
  await until('it answers again', () =>
    answer().then(
      text => text === 'r1',
      () => false,
    ),
  )
  expect((await driver.list())[0]?.restarts).toBe(1)
})

test("nginx's worker is killed: what it was doing is lost, the next requests are answered", async () => {
  await serve('r1')
  const master = Number(readFileSync(join(entry.place.home, 'nginx.pid'), 'utf8'))
  const workers = childrenOf(master).filter(pid => commandLineOf(pid).includes('worker process'))
  const asking = load(entry, 'shop.test')
  await pause(300)
  process.kill(workers[0] ?? 0, 'SIGKILL')
  await until('there is another worker', () => childrenOf(master).some(pid => !workers.includes(pid)))
  const at = asking.soFar.failures.length
  await pause(500)
  const { failures } = await asking.stop()
  expect(failures.length).toBeLessThanOrEqual(16)
  expect(failures.length - at).toBeLessThanOrEqual(8)
  expect(await answer()).toBe('r1')
})

test("nginx's master is killed: its supervisor starts another, and the sites answer again", async () => {
  await serve('r1')
  const master = () => Number(readFileSync(join(entry.place.home, 'nginx.pid'), 'utf8'))
  const first = master()
  const asking = load(entry, 'shop.test')
  await pause(300)
  process.kill(first, 'SIGKILL')
  await until('another master', () => master() !== first && childrenOf(master()).length > 0)
  await until('it answers', () =>
    answer().then(
      text => text === 'r1',
      () => false,
    ),
  )
  await pause(500)
  const { failures, failingMilliseconds } = await asking.stop()
  console.log(`master killed: ${failures.length} failed within ${failingMilliseconds} ms`)
  await serve('r2')
  expect(await answer()).toBe('r2')
})
