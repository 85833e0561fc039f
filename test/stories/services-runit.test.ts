/** Processes under a real runit: the contract of all drivers, and what is particular to this one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Driver, Running } from '../../src/services/driver.ts'
import { waitHealthy } from '../../src/services/health.ts'
import { portOwners } from '../../src/services/ports.ts'
import { processFacts, processIds } from '../../src/services/procfs.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { supervisorPid } from '../../src/services/runit/supervisor.ts'
import { localShell } from '../../src/shell/local.ts'
import { lookedUp } from '../../src/shell/programs.ts'
import { node, type Room, room, wantedInstances, webTree } from '../support/services.ts'
import { servicesContract } from '../support/services-contract.ts'
import { eventually } from '../support/world.ts'

const isThere = existsSync('/usr/bin/runsvdir')
if (!isThere) console.warn('skipped: the Debian package runit is not installed')
const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: accounts can be changed by root only')

describe.skipIf(!isThere)('runit', () =>
  servicesContract(room => runitDriver({ place: room.place, shell: localShell })),
)

describe.skipIf(!isThere)('runit in particular', () => {
  let here: Room
  let driver: Driver
  beforeEach(() => {
    here = room()
    driver = runitDriver({ place: here.place, shell: localShell })
  })
  afterEach(() => here.end(driver))

  const until = (what: string, done: () => boolean | Promise<boolean>) => eventually(what, done, 40)
  const web = (release = 'r1', more: object = {}) => {
    webTree(here, release)
    return wantedInstances(here, release, { services: { web: { command: `${node} web.mjs`, ...more } } })
  }
  const only = async (): Promise<Running> => {
    const [one] = await driver.list()
    if (!one) throw new Error('nothing runs')
    return one
  }
  const up = async (more: object = {}) => {
    const wanted = web('r1', more)
    await driver.start(wanted)
    for (const one of wanted) await waitHealthy({ driver, shell: localShell }, one)
    return only()
  }
  const answer = async (one: Running) => (await fetch(`http://127.0.0.1:${one.address?.port}/`)).text()

  test('a supervisor that was killed is started again by the next question, and the process never stopped', async () => {
    const before = await up()
    process.kill(supervisorPid(here.place) ?? 0, 'SIGKILL')
    await until('it is dead', () => supervisorPid(here.place) === null)
    expect(await only()).toEqual(before)
    expect(supervisorPid(here.place)).not.toBeNull()
    expect(await driver.can.revive?.()).toBe(false)
    await driver.start(web('r2'))
    expect((await driver.list()).map(one => one.release)).toEqual(['r1', 'r2'])
  })

  test('a new process is there at once, however often one comes and goes', async () => {
    const runner = async (release: string) => {
      const wanted = web(release)
      await driver.start(wanted)
      return wanted[0]?.name ?? ''
    }
    let before = await runner('r0')
    // Neither a look that was just taken nor a process that just ended makes the next one wait.
    for (let round = 1; round <= 6; round++) {
      const next = await runner(`r${round}`)
      await driver.stop([before as never])
      before = next
    }
    expect((await only()).release).toBe('r6')
  })

  test.skipIf(!isRoot)(
    'what left its parent, session, environment and title behind ends with its instance',
    async () => {
      const tree = join(here.root, 'trees/r1')
      mkdirSync(tree, { recursive: true })
      const daemon = (rest: string) =>
        `if (fork() == 0) { require POSIX; POSIX::setsid(); exit 0 if fork(); open(my $f, '>', $ARGV[0]); print $f $$; close $f; ${rest} sleep 100000; exit 0 } wait; $| = 1; print "up\\n"; sleep 1000000;`
      // One holds the output open; the other has a title over its environment.
      writeFileSync(join(tree, 'a.pl'), daemon("delete @ENV{keys %ENV}; exec 'sleep', '98733';"))
      const elsewhere = "open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';"
      writeFileSync(join(tree, 'b.pl'), daemon(`${elsewhere} $0 = 'helper: ' . ('.' x 3000);`))
      const wanted = wantedInstances(here, 'r1', {
        services: { a: { command: 'perl a.pl a.pid' }, b: { command: 'perl b.pl b.pid' } },
      })
      await driver.start(wanted)
      const left = await eventually('both daemons run', () => {
        const pids = ['a.pid', 'b.pid'].map(name =>
          Number(existsSync(join(tree, name)) && readFileSync(join(tree, name), 'utf8')),
        )
        return pids.every(pid => pid > 0 && processFacts(pid) !== null) && pids
      })
      await driver.stop(wanted.map(one => one.name))
      expect(left.map(pid => processFacts(pid))).toEqual([null, null])
      expect(await driver.list()).toEqual([])
      expect(readdirSync(join(here.place.home, 'runit/removed'))).toEqual([])
    },
  )

  test('somebody outside holds the output of an instance open: it is stopped all the same', async () => {
    const tree = join(here.root, 'trees/r1')
    mkdirSync(tree, { recursive: true })
    const wanted = wantedInstances(here, 'r1', { services: { worker: { command: 'sleep 1000' } } })
    await driver.start(wanted)
    const pid = (await eventually('it runs', async () => (await driver.list())[0]?.pid)) as number
    const holder = spawn('sh', ['-c', `exec 7> /proc/${pid}/fd/1; echo held; exec sleep 1000`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: '/usr/bin:/bin', CORPUS_TEST_ROOT: here.root },
    })
    try {
      await once(holder.stdout, 'data')
      await driver.stop(wanted.map(one => one.name))
      expect(await driver.list()).toEqual([])
      expect(readdirSync(join(here.place.home, 'runit/removed'))).toEqual([])
    } finally {
      holder.kill('SIGKILL')
    }
  })

  test('a runsvdir of versions before is replaced, and what it runs runs on', async () => {
    const before = await up()
    const service = join(here.place.home, 'runit/service')
    process.kill(supervisorPid(here.place) ?? 0, 'SIGTERM')
    await until('ours is gone', () => supervisorPid(here.place) === null)
    const script = 'setsid runsvdir -P "$1" "log: ......" > /dev/null 2>&1 & echo $! > "$1/../pid"'
    await localShell.run({ argv: ['/bin/sh', '-c', script, 'sh', service] })
    const old = await eventually('the old one runs', () => supervisorPid(here.place))
    expect(readFileSync(`/proc/${old}/comm`, 'utf8')).toBe('runsvdir\n')
    expect((await only()).pid).toBe(before.pid)
    await until('the old one is gone', () => processFacts(old) === null)
    expect(supervisorPid(here.place)).not.toBe(old)
    expect((await only()).pid).toBe(before.pid)
    await driver.start(web('r2'))
    expect((await driver.list()).map(one => one.release)).toEqual(['r1', 'r2'])
  })

  test('what an application leaves behind as an orphan is fetched as soon as it ends', async () => {
    const command = "sh -c '(sleep 0.3 & echo $! > orphan) & wait'; exec sleep 1000"
    const wanted = wantedInstances(here, 'r1', { services: { worker: { command } } })
    webTree(here, 'r1')
    await driver.start(wanted)
    const file = join(here.root, 'trees/r1/orphan')
    await until('it was left behind', () => existsSync(file) && readFileSync(file, 'utf8') !== '')
    await until('not even a zombie is left', () => !existsSync(`/proc/${readFileSync(file, 'utf8').trim()}`))
  })

  test('a runsv that was killed leaves no second copy of the process', async () => {
    const before = await up()
    const runsv = processFacts(before.pid ?? 0)?.parent ?? 0
    process.kill(runsv, 'SIGKILL')
    await until('another one took over', async () => {
      const now = await only()
      return now.state === 'running' && now.pid !== before.pid && processFacts(now.pid ?? 0)?.parent !== runsv
    })
    await until('the first one is gone', () => processFacts(before.pid ?? 0) === null)
    await until('it answers', () =>
      only()
        .then(answer)
        .then(
          text => text === 'r1',
          () => false,
        ),
    )
  })

  test('the processes outlive the one that started them', async () => {
    webTree(here, 'r1')
    const script = join(here.root, 'starter.mts')
    writeFileSync(
      script,
      `import { runitDriver } from '${join(process.cwd(), 'src/services/runit/driver.ts')}'
       import { localShell } from '${join(process.cwd(), 'src/shell/local.ts')}'
       import { wantedInstances } from '${join(process.cwd(), 'test/support/services.ts')}'
       const here = { root: '${here.root}', place: { home: '${here.place.home}' } }
       const wanted = wantedInstances(here, 'r1', { services: { web: { command: '${node} web.mjs' } } })
       await runitDriver({ place: here.place, shell: localShell }).start(wanted)
       process.kill(-process.pid, 'SIGKILL')`,
    )
    const ended = await localShell.run({ argv: [lookedUp(node), script], env: { PATH: process.env['PATH'] ?? '' } })
    expect(ended.killedBy).toBe('SIGKILL')
    await until('it answers', () =>
      only()
        .then(answer)
        .then(
          text => text === 'r1',
          () => false,
        ),
    )
  })

  test('two that start the same at once start it once', async () => {
    const other = runitDriver({ place: here.place, shell: localShell })
    await Promise.allSettled([driver.start(web()), other.start(web())])
    await driver.start(web())
    expect((await driver.list()).length).toBe(1)
    const supervisors = processIds().filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`runsvdir\0-P\0${here.place.home}/`)
      } catch {
        return false
      }
    })
    expect(supervisors.length).toBe(1)
  })

  test('killed in the middle of stopping: the next start or stop finishes it', async () => {
    const one = await up()
    writeFileSync(join(here.place.home, 'runit/service', one.name, 'down'), '')
    expect((await only()).state).toBe('stopping')
    await driver.start(web())
    const now = await only()
    expect([now.state, now.pid === one.pid]).toEqual(['running', false])
    mkdirSync(join(here.place.home, 'runit/removed/shop.r0.web.1.00000000'), { recursive: true })
    await driver.stop([now.name])
    await driver.start([])
    expect(existsSync(join(here.place.home, 'runit/removed/shop.r0.web.1.00000000'))).toBe(false)
  })

  test('ports are given back when their process is stopped, and the staging folder stays empty', async () => {
    const one = await up()
    expect(new Map(portOwners(here.place))).toEqual(
      new Map([
        [one.address?.port, 'shop.web.1'],
        [one.nextPort, 'shop.web.1'],
      ]),
    )
    await driver.stop([one.name])
    expect([...portOwners(here.place)]).toEqual([])
    expect(readdirSync(join(here.place.home, 'runit/staging'))).toEqual([])
  })

  test('a limit of memory counts', async () => {
    webTree(here, 'r1')
    const command = `${node} -e 'Buffer.alloc(400e6, 1); console.log("had it all"); setTimeout(() => {}, 1e9)'`
    await driver.start(wantedInstances(here, 'r1', { services: { worker: { command, memory: '256M' } } }))
    await until('it died', async () => (await only()).restarts > 0)
    expect((await only()).lastExit).not.toEqual({ status: 0, signal: null })
  })

  test('a limit of CPU cannot be kept and is refused, before anything is started', async () => {
    await expect(driver.start(web('r1', { cpu: 0.5 }))).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' })
    expect(await driver.list()).toEqual([])
  })

  test.skipIf(!isRoot)(
    "the process runs as the project's account, with its groups and its home, and nobody else reads its environment",
    async () => {
      webTree(here, 'r1')
      const nobody = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent' }
      const command = `${node} -e 'const s = require("node:http").createServer((q, a) => a.end(JSON.stringify([process.getuid(), process.getgid(), process.getgroups(), process.env.HOME, process.env.USER]))); s.listen(process.env.PORT, "127.0.0.1")'`
      const wanted = wantedInstances(here, 'r1', {
        services: { web: { command } },
        account: nobody,
        environment: { SECRET: 'x' },
      })
      await localShell.run({ argv: ['/usr/bin/chmod', '755', here.root] })
      await driver.start(wanted)
      for (const one of wanted) await waitHealthy({ driver, shell: localShell }, one)
      expect(JSON.parse(await answer(await only()))).toEqual([65534, 65534, [65534], '/nonexistent', 'nobody'])
      const launch = join(here.place.home, 'runit/service', (await only()).name, 'launch')
      const daemon = { name: 'daemon', uid: 1, gid: 1, home: '/' }
      expect((await localShell.run({ argv: ['/usr/bin/cat', launch], user: daemon })).status).not.toBe(0)
    },
  )
})
