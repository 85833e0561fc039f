import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { projectName } from '../../../../src/kernel/names.ts'
import type { Driver, Running } from '../../../../src/services/driver.ts'
import { instanceName } from '../../../../src/services/instance.ts'
import { followLines, recentLines } from '../../../../src/services/logs.ts'
import { servicesPlace } from '../../../../src/services/place.ts'
import { systemdDriver } from '../../../../src/services/systemd/driver.ts'
import { entryIn, linesCommand, namesCommand, namesIn } from '../../../../src/services/systemd/journal.ts'
import { localShell } from '../../../../src/shell/local.ts'
import type { Command, Shell } from '../../../../src/shell/shell.ts'

const web = instanceName('shop.r1.web.1.0123abcd')
const later = instanceName('shop.r2.web.1.0123abcd')
const gone = instanceName('shop.r0.web.1.0123abcd')
const line = (name: string, text: unknown, more: object = {}) =>
  `${JSON.stringify({ __REALTIME_TIMESTAMP: '1763722535067890', MESSAGE: text, _SYSTEMD_UNIT: `corpus-${name}.service`, ...more })}\n`

test('the journal is asked for what a process said, and not for what systemd says about it', () => {
  const system = linesCommand('system', [web, gone], { follow: false, lines: 7 })
  expect(system.slice(-2)).toEqual([`_SYSTEMD_UNIT=corpus-${web}.service`, `_SYSTEMD_UNIT=corpus-${gone}.service`])
  expect(system).toContain('--lines=7')
  const user = linesCommand('user', [web], { follow: true, lines: 'all' })
  expect(user).toEqual(expect.arrayContaining(['--user', '--follow', '--lines=all']))
  expect(user.at(-1)).toBe(`_SYSTEMD_USER_UNIT=corpus-${web}.service`)
  expect(namesCommand('user')).toContain('--field=_SYSTEMD_USER_UNIT')
})

test('times of the journal are UTC, whatever the zone', () => {
  const entry = entryIn('system', line(web, 'x'))
  expect(entry).toEqual({ name: web, time: '2025-11-21T10:55:35.067890', text: 'x' })
})

test('colours and broken bytes come as a list of bytes, what is not ours is left out', () => {
  expect(entryIn('system', line(web, [27, 91, 51, 49, 109, 195, 132]))?.text).toBe('\x1b[31mÄ')
  expect(entryIn('system', line(web, null))?.text).toBe('')
  expect(entryIn('user', line(web, 'x', { _SYSTEMD_USER_UNIT: `corpus-${gone}.service` }))?.name).toBe(gone)
  for (const other of ['', '-- No entries --', line('shop', 'x'), '{"MESSAGE":"x"}'])
    expect(entryIn('system', other)).toBe(null)
  expect(namesIn(`ssh.service\ncorpus-${web}.service\ncorpus-x.service\n\n`)).toEqual([web])
})

/** A journal that has these names, and answers what is asked with these lines. */
function tools(running: () => readonly string[], printed: string, commands: Command[] = []) {
  const shell: Shell = {
    run: async command => {
      commands.push(command)
      const asksNames = command.argv.some(word => word.startsWith('--field='))
      const names = [web, gone, 'other.r1.web.1.0123abcd'].map(name => `corpus-${name}.service\n`)
      const stdout = Buffer.from(asksNames ? names.join('') : printed)
      // In pieces that end in the middle of a letter.
      for (let at = 0; at < stdout.length; at += 7) command.onOutput?.(stdout.subarray(at, at + 7), 'stdout')
      return { status: 0, killedBy: null, timedOut: false, pid: 1, stdout, stderr: Buffer.from('') }
    },
    runSync: () => {
      throw new Error('not used')
    },
  }
  const place = servicesPlace('/nowhere')
  const driver: Driver = {
    ...systemdDriver({ place, shell, scope: 'system' }),
    list: async () => running().map(name => ({ name }) as Running),
  }
  return { place, driver, shell }
}

test('the last lines are those of processes that are gone too', async () => {
  const commands: Command[] = []
  const here = tools(() => [web], line(gone, 'ends') + line(web, 'begins\nat last'), commands)
  const lines = await recentLines(here, projectName('shop'), { lines: 2 })
  expect(lines.map(one => [one.release, one.process, one.text])).toEqual([
    ['r1', 'web.1', 'begins'],
    ['r1', 'web.1', 'at last'],
  ])
  const [, asked] = commands
  expect(asked?.argv.filter(word => word.startsWith('_'))).toEqual(
    [gone, web].map(name => `_SYSTEMD_UNIT=corpus-${name}.service`),
  )
  expect(await recentLines(here, projectName('shop'), { process: 'worker' })).toEqual([])
  expect(commands).toHaveLength(3)
})

test('of a process that comes while one follows, the first lines are told too', async () => {
  const commands: Command[] = []
  let running = [web]
  const here = tools(() => running, line(web, 'Grüße 😀'), commands)
  const stopped = new AbortController()
  const said: string[] = []
  const following = followLines(here, projectName('shop'), one => said.push(one.text), stopped.signal)
  await expect.poll(() => commands.length).toBe(1)
  running = [web, later]
  await expect.poll(() => commands.length, { timeout: 5000 }).toBe(2)
  stopped.abort()
  await following
  expect(said).toEqual(['Grüße 😀', 'Grüße 😀'])
  expect(commands.map(one => one.argv.find(word => word.startsWith('--lines=')))).toEqual(['--lines=0', '--lines=all'])
})

test('a journal that cannot be asked is told', async () => {
  const here = tools(() => [web], '')
  const shell: Shell = {
    ...here.shell,
    run: async command => ({ ...(await here.shell.run(command)), status: 1, stderr: Buffer.from('No journal files') }),
  }
  await expect(recentLines({ ...here, shell }, projectName('shop'))).rejects.toMatchObject({
    code: 'SUPERVISOR_FAILED',
    detail: 'No journal files',
  })
})

const journalctl = '/usr/bin/journalctl'
if (!existsSync(journalctl)) console.warn('skipped: journalctl is not installed')
test.skipIf(!existsSync(journalctl))('journalctl takes the options', async () => {
  const [, ...words] = linesCommand('system', [web], { follow: false, lines: 'all' })
  // A folder without a journal: nothing is found, and nothing is wrong.
  for (const argv of [words, namesCommand('system').slice(1)]) {
    const ended = await localShell.run({ argv: [journalctl, '--directory=/var/empty', ...argv], timeoutSeconds: 20 })
    expect(Buffer.from(ended.stderr).toString()).not.toMatch(/unrecognized|invalid|unknown|failed to parse/i)
  }
})
