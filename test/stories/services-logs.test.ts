/** Logs of processes under a real svlogd: bounded, whole lines, and nothing missed by one who follows. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectName } from '../../src/kernel/names.ts'
import type { Driver } from '../../src/services/driver.ts'
import { followLines, type LogLine, type LogTools, lastLines, recentLines } from '../../src/services/logs.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { localShell } from '../../src/shell/local.ts'
import { node, type Room, room, wantedInstances, webTree } from '../support/services.ts'
import { eventually } from '../support/world.ts'

const shop = projectName('shop')
let here: Room
let driver: Driver
let tools: LogTools
beforeEach(() => {
  here = room()
  driver = runitDriver({ place: here.place, shell: localShell })
  tools = { place: here.place, driver, shell: localShell }
})
afterEach(() => here.end(driver))

const until = (what: string, done: () => boolean | Promise<boolean>, limitSeconds = 90) =>
  eventually(what, done, limitSeconds)
const start = async (release: string, services: unknown) => {
  const wanted = wantedInstances(here, release, { services })
  await driver.start(wanted)
  const [one] = wanted
  if (!one) throw new Error('nothing is wanted')
  return one.name
}
const sizeOf = (folder: string) => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

test('50 MB of lines with a cap of 5 MB times 3: at most 20 MB are kept, no line is torn, and a follower misses none', async () => {
  const lines = 500_000
  const tree = webTree(here, 'r1')
  const script = `
    import { writeSync } from 'node:fs'
    import { setTimeout } from 'node:timers/promises'
    const filler = 'x'.repeat(88)
    let text = ''
    for (let n = 1; n <= ${lines}; n++) {
      text += String(n).padStart(10, '0') + ' ' + filler + '\\n'
      if (n % 1000 === 0) { writeSync(1, text); text = '' }
    }
    console.log('all written')
    await setTimeout(1e9)`
  writeFileSync(join(tree, 'talk.mjs'), script)
  const stop = new AbortController()
  let next = 1
  let faults = 0
  let done = false
  const onLine = (line: LogLine) => {
    if (line.text === 'all written') done = true
    else if (line.text === `${String(next).padStart(10, '0')} ${'x'.repeat(88)}`) next++
    else faults++
  }
  const following = followLines(tools, shop, onLine, stop.signal)
  const name = await start('r1', { worker: { command: `${node} talk.mjs` } })
  await until('all was written', () => done)
  stop.abort()
  await following
  expect([next - 1, faults]).toEqual([lines, 0])
  const folder = driver.can.logFolder?.(name) ?? ''
  expect(sizeOf(folder)).toBeLessThanOrEqual(20_000_000)
  const whole = /^\d{4}-\d\d-\d\dT[\d:.]+ (\d{10} x{88}|all written)$/
  const logs = readdirSync(folder).filter(file => file === 'current' || file.startsWith('@'))
  const kept = logs.flatMap(file => readFileSync(join(folder, file), 'latin1').trimEnd().split('\n'))
  expect(kept.length).toBeGreaterThan(50_000)
  expect(kept.filter(line => !whole.test(line))).toEqual([])
})

test('one line of 1 GB is bounded on disk, and in the memory of one who follows', async () => {
  webTree(here, 'r1')
  const stop = new AbortController()
  let longest = 0
  let ended = false
  const onLine = (line: LogLine) => {
    longest = Math.max(longest, line.text.length)
    if (line.text.endsWith('the end')) ended = true
  }
  const following = followLines(tools, shop, onLine, stop.signal)
  const command = `head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo the end; sleep 1000`
  const name = await start('r1', { worker: { command } })
  await until('the end was said', () => ended, 110)
  stop.abort()
  await following
  expect(longest).toBeLessThan(1024 * 1024)
  expect(sizeOf(driver.can.logFolder?.(name) ?? '')).toBeLessThanOrEqual(20_100_000)
})

test('the last lines of all processes come in the order of time, also of one that is gone', async () => {
  webTree(here, 'r1')
  const gone = await start('r1', { worker: { command: 'echo first; echo complaint >&2; sleep 1000' } })
  await until('it spoke', async () => (await lastLines(driver, localShell, gone, 5)).length === 2)
  await driver.stop([gone])
  const web = await start('r1', { web: { command: 'echo second; sleep 1000' } })
  await until('it spoke', async () => (await lastLines(driver, localShell, web, 5)).length === 1)
  const lines = await recentLines(tools, shop)
  expect(lines.map(line => [line.process, line.text])).toEqual([
    ['worker.1', 'first'],
    ['worker.1', 'complaint'],
    ['web.1', 'second'],
  ])
  expect((await recentLines(tools, shop, { process: 'web' })).map(line => line.text)).toEqual(['second'])
  expect((await recentLines(tools, shop, { lines: 1 })).map(line => line.text)).toEqual(['second'])
})

test('one who follows also hears processes that come later', async () => {
  webTree(here, 'r1')
  await start('r1', { web: { command: 'sleep 1000' } })
  const stop = new AbortController()
  const heard: string[] = []
  const following = followLines(tools, shop, line => heard.push(line.text), stop.signal)
  webTree(here, 'r3')
  await start('r3', { web: { command: 'echo hello; sleep 1000' } })
  await until('it was heard', () => heard.includes('hello'))
  stop.abort()
  await following
})

test('logs of processes that are gone are kept, but not without end', async () => {
  webTree(here, 'r1')
  for (let n = 1; n <= 8; n++) {
    const name = await start('r1', { worker: { command: `echo ${n}; sleep 1000` } })
    await until('it spoke', async () => (await lastLines(driver, localShell, name, 5)).length === 1)
    await driver.stop([name])
  }
  expect((await recentLines(tools, shop)).map(line => line.text)).toEqual(['3', '4', '5', '6', '7', '8'])
})
