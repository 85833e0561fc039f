/** Whoever switches is killed, at any moment: a healthy release serves all the time, and the next switch leaves nothing behind. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Driver } from '../../src/services/driver.ts'
import { portOwners } from '../../src/services/ports.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { pause } from '../../src/services/waiting.ts'
import { localShell } from '../../src/shell/local.ts'
import { lookedUp } from '../../src/shell/programs.ts'
import { ask, type EntryPoint, entryPoint, load, siteOf, targetOf } from '../support/ingress.ts'
import { node, type Room, room } from '../support/services.ts'

let here: Room
let driver: Driver
let entry: EntryPoint
beforeEach(async () => {
  here = room()
  driver = runitDriver({ place: here.place, shell: localShell })
  entry = await entryPoint(here)
})
afterEach(() => here.end(driver))

/** Killed like a runner that is out of memory: itself and what it started just now. */
const switchTo = async (release: string, killAfterMilliseconds: number | null) => {
  const kill = new AbortController()
  const words = [here.root, String(entry.httpPort), String(entry.httpsPort), release]
  const running = localShell.run({
    argv: [lookedUp(node), join(import.meta.dirname, '../support/switch-once.ts'), ...words],
    signal: kill.signal,
    onOutput: () => {},
  })
  if (killAfterMilliseconds !== null) {
    await pause(killAfterMilliseconds)
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const line = (await localShell.run({ argv: ['/usr/bin/cat', `/proc/${pid}/cmdline`] })).stdout
      if (Buffer.from(line).includes(`switchOnce.ts\0${here.root}\0`)) process.kill(Number(pid), 'SIGKILL')
    }
  }
  return running
}

test('a switch that is killed at ten different moments costs no request, and the next one is whole', async () => {
  const begun = await switchTo('r0', null)
  expect([Buffer.from(begun.stderr).toString(), begun.status]).toEqual(['', 0])
  const asking = load(entry, 'shop.test')
  for (let n = 1; n <= 10; n++) {
    await switchTo(`r${n}`, 150 + n * 250)
    expect((await ask(entry, 'shop.test')).status).toBe(200)
  }
  const last = await switchTo('last', null)
  expect([Buffer.from(last.stderr).toString(), last.status]).toEqual(['', 0])
  expect((await ask(entry, 'shop.test')).text).toBe('last')
  const { failures, good } = await asking.stop()
  expect(failures).toEqual([])
  expect(good).toBeGreaterThan(100)
  const left = await driver.list()
  expect(left.map(one => [one.release, one.state])).toEqual([
    ['last', 'running'],
    ['last', 'running'],
  ])
  const mine = left.flatMap(one => [one.address?.port ?? 0])
  expect([...portOwners(here.place).keys()]).toEqual(expect.arrayContaining(mine))
  expect(readdirSync(join(here.place.home, 'runit/removed'))).toEqual([])
  expect(readdirSync(join(here.place.home, 'runit/staging'))).toEqual([])
})

test('five projects come at once: each is reachable', async () => {
  const sites = ['a', 'b', 'c', 'd', 'e'].map(name =>
    siteOf(name, [`${name}.test`], { redirects: { '/x': `/${name}` } }, []),
  )
  await Promise.all(sites.map(site => entry.ingress.put(site, targetOf(here.root))))
  const answers = await Promise.all(sites.map(site => ask(entry, `${site.project}.test`, '/x')))
  expect(answers.map(one => one.headers.location)).toEqual(['/a', '/b', '/c', '/d', '/e'])
})
