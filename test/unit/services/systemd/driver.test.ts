import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectName } from '../../../../src/kernel/names.ts'
import { declaredProcesses } from '../../../../src/services/declared.ts'
import { plannedInstances } from '../../../../src/services/instance.ts'
import { servicesPlace } from '../../../../src/services/place.ts'
import { systemdDriver } from '../../../../src/services/systemd/driver.ts'
import { parseExit } from '../../../../src/services/systemd/last-exit.ts'
import { localShell } from '../../../../src/shell/local.ts'
import type { Command, Shell } from '../../../../src/shell/shell.ts'

let root: string
let commands: Command[]
/** A systemctl that takes everything and shows units that run. */
const shell: Shell = {
  run: async command => {
    commands.push(command)
    const units = command.argv.filter(word => word.endsWith('.service'))
    const shown = units.map(unit => `Id=${unit}\nMainPID=1\nActiveState=active\nSubState=running\nNRestarts=1\n`)
    const text = command.argv.includes('show') ? shown.join('\n') : 'systemd 252 (252.39-1~deb12u1)\n'
    return { status: 0, killedBy: null, timedOut: false, pid: 1, stdout: Buffer.from(text), stderr: Buffer.from('') }
  },
  runSync: () => {
    throw new Error('not used')
  },
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "corpus systemd 50% 'x"))
  commands = []
})
afterEach(() => rmSync(root, { recursive: true }))

const units = () => join(root, 'units')
const driver = () => systemdDriver({ place: servicesPlace(root), shell, unitFolder: units() })
const instances = () =>
  plannedInstances({
    project: projectName('shop'),
    release: 'r1',
    tree: join(root, 'tree'),
    account: null,
    processes: declaredProcesses([], { web: { command: 'true' } }),
    environment: {},
  })

test('how a process ended last is still known while its next life runs', async () => {
  const [instance] = instances()
  if (!instance) throw new Error('none')
  await driver().start([instance])
  expect(await driver().list()).toMatchObject([{ state: 'running', restarts: 1, lastExit: null }])
  const unit = readFileSync(join(units(), `corpus-${instance.name}.service`), 'utf8')
  const home = join(root, 'corpus/systemd', instance.name)
  const script = join(home, 'ended')
  expect(unit).toContain(`/bin/sh "${script.replaceAll('%', '%%')}"\n`)
  const ends = async (env: Record<string, string>) => {
    await localShell.run({ argv: ['/bin/sh', script], cwd: '/', env: { PATH: '/usr/bin:/bin', ...env } })
    return (await driver().list())[0]?.lastExit
  }
  expect(await ends({ EXIT_CODE: 'killed', EXIT_STATUS: 'KILL', SERVICE_RESULT: 'oom-kill' })).toEqual({
    status: null,
    signal: 'SIGKILL',
  })
  expect(await ends({ EXIT_CODE: 'exited', EXIT_STATUS: '3' })).toEqual({ status: 3, signal: null })
  expect(await ends({})).toEqual({ status: 3, signal: null })
  expect(readdirSync(home).sort()).toEqual(['ended', 'instance.json', 'last-exit', 'launch'])
  await driver().stop([instance.name])
  expect([existsSync(home), readdirSync(units())]).toEqual([false, []])
})

test("systemd's words for an end are read, and others are none", () => {
  expect(parseExit('dumped SEGV core-dump\n')).toEqual({ status: null, signal: 'SIGSEGV' })
  expect(parseExit('killed RTMIN+3 signal')).toEqual({ status: null, signal: 'SIGRTMIN+3' })
  for (const text of ['', 'exited', 'exited x', 'killed', 'gone 1']) expect(parseExit(text)).toBe(null)
})
