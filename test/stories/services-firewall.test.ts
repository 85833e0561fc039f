/** The firewall before the ports of applications, between two network namespaces of a real kernel. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closePorts } from '../../src/deployment/processes.ts'
import { projectLayout } from '../../src/kernel/layout.ts'
import { projectName } from '../../src/kernel/names.ts'
import { ensureFirewall, removeFirewall } from '../../src/services/firewall.ts'
import { servicesPlace } from '../../src/services/place.ts'
import { holdPorts, portsNotHeld } from '../../src/services/port-holders.ts'
import { eventually } from '../../src/services/waiting.ts'
import { localShell } from '../../src/shell/local.ts'
import { lookedUp } from '../../src/shell/programs.ts'
import type { Command, Shell } from '../../src/shell/shell.ts'
import { corpusCommand, makeWorld, uniqueName } from '../support/world.ts'

const canTry =
  process.getuid?.() === 0 && existsSync('/usr/sbin/nft') && (existsSync('/usr/sbin/ip') || existsSync('/sbin/ip'))
if (!canTry) console.warn('skipped: needs root, nftables and iproute2')

const server = `corpus-s${process.pid}`
const client = `corpus-c${process.pid}`
const inside = (space: string): Shell => {
  const wrapped = (command: Command): Command => ({
    ...command,
    argv: ['/usr/sbin/ip', 'netns', 'exec', space, ...command.argv],
  })
  return { run: command => localShell.run(wrapped(command)), runSync: command => localShell.runSync(wrapped(command)) }
}
const ip = (...words: string[]) => localShell.run({ argv: ['/usr/sbin/ip', ...words] })
let stop: AbortController

beforeEach(async () => {
  stop = new AbortController()
  if (!canTry) return
  await ip('netns', 'add', server)
  await ip('netns', 'add', client)
  await ip('link', 'add', 'cs0', 'netns', server, 'type', 'veth', 'peer', 'name', 'cc0', 'netns', client)
  for (const [space, device, address] of [
    [server, 'cs0', '10.99.7.1/24'],
    [client, 'cc0', '10.99.7.2/24'],
  ] as const) {
    await ip('-n', space, 'addr', 'add', address, 'dev', device)
    await ip('-n', space, 'link', 'set', device, 'up')
    await ip('-n', space, 'link', 'set', 'lo', 'up')
  }
})
afterEach(async () => {
  stop.abort()
  if (!canTry) return
  await ip('netns', 'del', server)
  await ip('netns', 'del', client)
})

test.skipIf(!canTry)(
  'a port that was handed out is closed to the outside and open on loopback, even when the application listens everywhere',
  async () => {
    const script = `for (const port of [20100, 8080]) require('node:http').createServer((q, a) => a.end('here')).listen(port, '0.0.0.0')`
    void inside(server).run({ argv: [lookedUp(process.execPath), '-e', script], signal: stop.signal })
    const get = async (space: string, address: string) =>
      Buffer.from(
        (
          await inside(space).run({
            argv: ['/usr/bin/curl', '-s', '--noproxy', '*', '--max-time', '2', `http://${address}/`],
          })
        ).stdout,
      ).toString()
    await eventually(
      async () => (await get(server, '127.0.0.1:20100')) === 'here',
      { limitSeconds: 20, pauseMilliseconds: 100 },
      () => new Error('no server'),
    )
    expect(await get(client, '10.99.7.1:20100')).toBe('here')
    expect(await ensureFirewall(inside(server))).toBe('standing')
    expect(await ensureFirewall(inside(server))).toBe('standing')
    expect(await get(client, '10.99.7.1:20100')).toBe('')
    expect(await get(client, '10.99.7.1:8080')).toBe('here')
    expect(await get(server, '127.0.0.1:20100')).toBe('here')
    expect(await get(server, '10.99.7.1:20100')).toBe('here')
  },
)

describe.skipIf(!canTry)('the port of a process that died', () => {
  const place = servicesPlace('/nowhere')
  const holders = new Map([[20100, ['65533', '200000-265535']]])
  /** What an account that listens there answers to whoever asks, '' where the kernel refuses; with the status of curl. */
  const answerOf = async (user: number, host = '127.0.0.1') => {
    const script = `require('node:http').createServer((q, a) => a.end('here')).listen(20100, '${host}', () => console.log('sits'))`
    const as = ['/usr/bin/setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--'] as const
    const sits = new AbortController()
    const ended = inside(server).run({ argv: [...as, lookedUp(process.execPath), '-e', script], signal: sits.signal })
    const listens = async () => {
      const sockets = await inside(server).run({ argv: ['/bin/cat', '/proc/net/tcp', '/proc/net/tcp6'] })
      return new RegExp(`:${(20100).toString(16).toUpperCase()} \\S+ 0A`).test(Buffer.from(sockets.stdout).toString())
    }
    await eventually(listens, { limitSeconds: 20, pauseMilliseconds: 20 }, () => new Error('no server'))
    const asked = await inside(server).run({
      argv: [
        '/usr/bin/curl',
        '-sg',
        '--noproxy',
        '*',
        '--max-time',
        '9',
        `http://${host === '::1' ? '[::1]' : '127.0.0.1'}:20100/`,
      ],
    })
    sits.abort()
    await ended
    return [asked.status, Buffer.from(asked.stdout).toString()]
  }
  const refused = [7, '']
  const answered = [0, 'here']
  const cookies = (value: number) =>
    inside(server).run({ argv: ['/bin/sh', '-c', `echo ${value} > /proc/sys/net/ipv4/tcp_syncookies`] })

  test('is answered at by its account, the users of its containers and root, and by nobody else', async () => {
    expect(await answerOf(65534)).toEqual(answered)
    expect(await holdPorts(inside(server), place, holders)).toBe(true)
    // Again, and after somebody has flushed the rules.
    expect(await holdPorts(inside(server), place, holders)).toBe(true)
    await inside(server).run({ argv: ['/usr/sbin/nft', 'flush', 'ruleset'] })
    expect(await portsNotHeld(inside(server), holders)).toEqual([20100])
    expect(await holdPorts(inside(server), place, holders)).toBe(true)
    expect(await portsNotHeld(inside(server), holders)).toEqual([])
    for (const host of ['127.0.0.1', '0.0.0.0', '::', '::1']) {
      expect([host, await answerOf(65534, host)]).toEqual([host, refused])
      expect([host, await answerOf(265_536, host)]).toEqual([host, refused])
      expect([host, await answerOf(65533, host)]).toEqual([host, answered])
    }
    for (const user of [0, 200_000, 265_535]) expect([user, await answerOf(user)]).toEqual([user, answered])
    // The rule that closes the ports to other machines comes and goes beside it.
    expect(await ensureFirewall(inside(server))).toBe('standing')
    expect(await portsNotHeld(inside(server), holders)).toEqual([])
    // Given to another account, and given back.
    const next = new Map([[20100, ['65534']]])
    expect(await holdPorts(inside(server), place, next)).toBe(true)
    expect([await answerOf(65533), await answerOf(65534)]).toEqual([refused, answered])
    expect(await holdPorts(inside(server), place, new Map())).toBe(true)
    expect(await answerOf(65533)).toEqual(answered)
  })

  test('is held also where the listener has its kernel answer without a socket', async () => {
    expect(await holdPorts(inside(server), place, holders)).toBe(true)
    await cookies(2)
    expect(await answerOf(65534)).toEqual(refused)
  })
})

test.skipIf(!canTry)('the rule goes with the last that needed it, and stays where others do', async () => {
  const place = servicesPlace('/nowhere')
  expect(await ensureFirewall(inside(server))).toBe('standing')
  const stands = async () =>
    (await inside(server).run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', 'corpus'] })).status === 0
  expect([await removeFirewall(inside(server), place, true), await stands()]).toEqual([false, true])
  expect([await removeFirewall(inside(server), place, false), await stands()]).toEqual([true, false])
  expect(await removeFirewall(inside(server), place, false)).toBe(false)
})

test.skipIf(!canTry)('where it was found before, it is looked for when nobody waits, and put up again', async () => {
  const asked: string[] = []
  const shell: Shell = {
    ...inside(server),
    run: command => {
      asked.push(command.argv.join(' '))
      return inside(server).run(command)
    },
  }
  const push = async (name: string) => {
    asked.length = 0
    const afterVerdict: (() => Promise<void>)[] = []
    await closePorts({
      layout: projectLayout(`/nowhere-${server}`, projectName(name)),
      shell,
      afterVerdict,
      emit: () => {},
    })
    return { before: asked.length, afterVerdict }
  }
  const stands = async () =>
    (await inside(server).run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', 'corpus'] })).status === 0
  expect((await push('first')).before).toBe(2)
  const second = await push('first')
  expect([second.before, second.afterVerdict.length, await stands()]).toEqual([0, 1, true])
  await inside(server).run({ argv: ['/usr/sbin/nft', 'delete', 'table', 'inet', 'corpus'] })
  for (const work of second.afterVerdict) await work()
  expect(await stands()).toBe(true)
  // A deployment that never came to its end leaves it to the next one; other projects look for themselves.
  expect((await push('first')).before).toBe(0)
  expect((await push('first')).before).toBe(1)
  expect((await push('second')).before).toBe(1)
})

test.skipIf(!canTry)(
  'on a machine of their own, the table comes with the first project that has processes and goes with the last',
  async () => {
    const world = makeWorld()
    try {
      const [one, two] = [uniqueName('one'), uniqueName('two')]
      const script = join(world.scratch, 'machine.sh')
      // Networks and processes of its own: nothing of other roots is seen there, and nothing of this one outlives it.
      writeFileSync(
        script,
        `set -eu
ip link set lo up
table() { nft list table inet corpus > /dev/null 2>&1 && echo "$1: there" || echo "$1: gone"; }
table before
for name in ${one} ${two}; do
  "$corpus" init $name --mode final --installer procfile
  git init -q -b master $name && cd $name
  echo 'web: python3 -m http.server --bind 127.0.0.1 $PORT' > Procfile
  git add . && git commit -qm First
  "$corpus" remote add $name
  git push corpus HEAD:master
  cd ..
done
table both
"$corpus" destroy ${one} --confirm ${one}
table other
"$corpus" destroy ${two} --confirm ${two}
table last
`,
      )
      const ended = await world.run(
        ['unshare', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', script],
        { env: { corpus: corpusCommand } },
      )
      const said = ended.stdout.split('\n').filter(line => /: (there|gone)$/.test(line))
      expect([ended.status, said, ended.status === 0 ? '' : ended.stderr]).toEqual([
        0,
        ['before: gone', 'both: there', 'other: there', 'last: gone'],
        '',
      ])
    } finally {
      await world.dispose()
    }
  },
)
