/** What every driver of services must do, told once; `services-runit` and `services-systemd` run it with real supervisors. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Driver, Running } from '../../src/services/driver.ts'
import { waitHealthy } from '../../src/services/health.ts'
import { processesOf, processFacts } from '../../src/services/procfs.ts'
import { eventually } from '../../src/services/waiting.ts'
import { localShell } from '../../src/shell/local.ts'
import { node, type Room, room, wantedInstances, webTree } from './services.ts'

export function servicesContract(make: (room: Room) => Driver): void {
  let here: Room
  let driver: Driver
  beforeEach(() => {
    here = room()
    driver = make(here)
  })
  afterEach(() => here.end(driver))
  const web = (release: string, more: object = {}) => {
    webTree(here, release)
    return wantedInstances(here, release, { services: { web: { command: `${node} web.mjs`, ...more } } })
  }
  const up = async (instances: ReturnType<typeof web>) => {
    await driver.start(instances)
    for (const one of instances) await waitHealthy({ driver, shell: localShell }, one)
    return driver.list()
  }
  const only = async (): Promise<Running> => {
    const [one, ...more] = await driver.list()
    if (!one || more.length > 0) throw new Error(`expected one, there are ${more.length + (one ? 1 : 0)}`)
    return one
  }
  const until = (what: string, done: () => boolean | Promise<boolean>) =>
    eventually(done, { limitSeconds: 40, pauseMilliseconds: 50 }, () => new Error(`never: ${what}`))

  test('a process is started in its release with a port of its own and answers there', async () => {
    const [one] = await up(web('r1'))
    expect(one).toMatchObject({
      project: 'shop',
      process: 'web',
      number: 1,
      release: 'r1',
      state: 'running',
      restarts: 0,
    })
    const answer = await fetch(`http://127.0.0.1:${one?.address?.port}/`)
    expect(await answer.text()).toBe('r1')
  })

  test('starting what runs already changes nothing', async () => {
    const instances = web('r1', { count: 2 })
    const before = await up(instances)
    const after = await up(instances)
    expect(after).toEqual(before)
    expect(new Set(after.map(one => one.address?.port)).size).toBe(2)
  })

  test('two releases run side by side', async () => {
    await up(web('r1'))
    const both = await up(web('r2'))
    const answers = await Promise.all(
      both.map(async one => (await fetch(`http://127.0.0.1:${one.address?.port}/`)).text()),
    )
    expect(answers.sort()).toEqual(['r1', 'r2'])
  })

  test('the successor of a process has the port that was told before, and the one after it the first again', async () => {
    const [first] = await up(web('r1'))
    const second = (await up(web('r2'))).find(one => one.release === 'r2')
    expect(second?.address?.port).toBe(first?.nextPort)
    if (!first || !second) throw new Error('nothing runs')
    await driver.stop([first.name])
    expect((await only()).nextPort).toBe(first.address?.port)
    const third = (await up(web('r3'))).find(one => one.release === 'r3')
    expect(third?.address?.port).toBe(first.address?.port)
    const fourth = (await up(web('r4'))).find(one => one.release === 'r4')
    expect([first.address?.port, second.address?.port]).not.toContain(fourth?.address?.port)
  })

  test('a process that is killed comes back on the same port, and is counted', async () => {
    const [first] = await up(web('r1'))
    process.kill(first?.pid ?? 0, 'SIGKILL')
    await until('it is back', async () => {
      const now = await only()
      return now.state === 'running' && now.pid !== first?.pid && now.restarts === 1
    })
    const now = await only()
    expect(now.address).toEqual(first?.address)
    expect(now.lastExit).toEqual({ status: null, signal: 'SIGKILL' })
  })

  test('a process that dies and dies waits between its lives, and never shorter than before', async () => {
    webTree(here, 'r1')
    await driver.start(
      wantedInstances(here, 'r1', { services: { worker: { command: 'date +%s%3N >> lives; exit 3' } } }),
    )
    const lives = () => readFileSync(join(here.root, 'trees/r1/lives'), 'utf8').trim().split('\n').map(Number)
    await until('it died four times', () => existsSync(join(here.root, 'trees/r1/lives')) && lives().length >= 4)
    expect((await only()).restarts).toBeGreaterThanOrEqual(3)
    expect((await only()).lastExit).toEqual({ status: 3, signal: null })
    const [, second = 0, third = 0, fourth = 0] = lives()
    // Milliseconds; starting a process takes some of them, now more and now less.
    expect(fourth - third).toBeGreaterThanOrEqual(third - second - 900)
    expect(fourth - third).toBeGreaterThanOrEqual(1900)
  })

  test('a process is asked to end before it is made to', async () => {
    webTree(here, 'r1')
    const command = `trap 'echo asked > asked; exit 0' TERM; echo > ready; while :; do sleep 0.1; done`
    await driver.start(wantedInstances(here, 'r1', { services: { worker: { command } } }))
    await until('it is ready', () => existsSync(join(here.root, 'trees/r1/ready')))
    await driver.stop([(await only()).name])
    expect(readFileSync(join(here.root, 'trees/r1/asked'), 'utf8')).toBe('asked\n')
    expect(await driver.list()).toEqual([])
  })

  test('a shell that stands before a process and ends at once does not shorten its grace', async () => {
    webTree(here, 'r1')
    const command = `(trap 'trap "" TERM; sleep 3; echo done > done; exit 0' TERM; echo > ready; while :; do sleep 0.1; done); true`
    await driver.start(wantedInstances(here, 'r1', { services: { worker: { command } } }))
    await until('it is ready', () => existsSync(join(here.root, 'trees/r1/ready')))
    await driver.stop([(await only()).name])
    expect(existsSync(join(here.root, 'trees/r1/done'))).toBe(true)
  })

  test('a process that will not end is killed after its grace, with all its children, even those that left its group', async () => {
    webTree(here, 'r1')
    const command = `trap '' TERM; setsid sh -c 'trap "" TERM; while :; do sleep 1; done' & (while :; do sleep 1; done) & echo > ready; while :; do sleep 1; done`
    const services = { worker: { command, stop_grace: '1s' } }
    await driver.start(wantedInstances(here, 'r1', { services }))
    await until('it is ready', () => existsSync(join(here.root, 'trees/r1/ready')))
    const one = await only()
    expect(processesOf(`CORPUS_INSTANCE=${one.name}`, one.pid, process.getuid?.() ?? 0).length).toBeGreaterThanOrEqual(
      3,
    )
    await driver.stop([one.name])
    expect(processesOf(`CORPUS_INSTANCE=${one.name}`, one.pid, process.getuid?.() ?? 0)).toEqual([])
    expect(await driver.list()).toEqual([])
  })

  test('stopping one leaves the others; stopping what is not there is fine', async () => {
    const [old] = await up(web('r1'))
    await up(web('r2'))
    if (!old) throw new Error('nothing runs')
    await driver.stop([old.name])
    await driver.stop([old.name])
    expect((await only()).release).toBe('r2')
  })

  test('children that a dead process left behind are ended before it starts again', async () => {
    webTree(here, 'r1')
    const command = `(trap '' HUP; echo $$ >> owners; while :; do sleep 1; done) & sleep 1000 & echo $! > child; wait`
    await driver.start(wantedInstances(here, 'r1', { services: { worker: { command } } }))
    const child = () => Number(readFileSync(join(here.root, 'trees/r1/child'), 'utf8'))
    await until('it has a child', () => existsSync(join(here.root, 'trees/r1/child')) && child() > 0)
    const before = child()
    process.kill((await only()).pid ?? 0, 'SIGKILL')
    await until('it is back with another child', () => child() > 0 && child() !== before)
    expect(processFacts(before)).toBe(null)
  })

  test('the environment comes through untouched', async () => {
    const environment = { QUOTES: `'"\`$HOME\\n%s`, LINES: 'a\n\nb\n', SPACES: '  x \t', EMPTY: '', WIDE: 'ÄÖ😀' }
    webTree(here, 'r1')
    const services = { web: { command: `${node} web.mjs`, environment } }
    const [one] = await up(wantedInstances(here, 'r1', { services }))
    const answer = await fetch(`http://127.0.0.1:${one?.address?.port}/environment`)
    expect(await answer.json()).toMatchObject({ ...environment, PORT: String(one?.address?.port) })
  })

  test('what was proven stays proven, and is listed by another that comes later', async () => {
    const [one] = await up(web('r1'))
    if (!one) throw new Error('nothing runs')
    expect(one.proven).toBe(false)
    await driver.prove([one.name])
    const [seen] = await make(here).list()
    expect(seen).toEqual({ ...one, proven: true })
  })

  test('a folder that is missing is a death like any other', async () => {
    mkdirSync(join(here.root, 'trees/r1'), { recursive: true })
    writeFileSync(join(here.root, 'trees/r1/x'), '')
    const services = { worker: { command: 'true', working_folder: 'nowhere' } }
    await driver.start(wantedInstances(here, 'r1', { services }))
    await until('it died', async () => (await only()).restarts > 0)
    expect((await only()).lastExit).toEqual({ status: 111, signal: null })
  })
}
