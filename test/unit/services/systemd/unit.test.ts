import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectName } from '../../../../src/kernel/names.ts'
import { declaredProcesses } from '../../../../src/services/declared.ts'
import { type Instance, plannedInstances } from '../../../../src/services/instance.ts'
import { parseProperties, runState } from '../../../../src/services/systemd/driver.ts'
import { unitName, unitText, value } from '../../../../src/services/systemd/unit.ts'
import { localShell } from '../../../../src/shell/local.ts'
import { textOf } from '../../../../src/shell/shell.ts'

const planned = (web: object = {}, account: Instance['account'] = null): Instance => {
  const processes = declaredProcesses([], { web: { command: 'node "x" %n $PORT', ...web } })
  const wanted = {
    project: projectName('shop'),
    release: 'r1',
    tree: '/srv/t',
    account,
    processes,
    environment: { A: 'a\nExecStart=/bin/evil' },
  }
  const [instance] = plannedInstances(wanted)
  if (!instance) throw new Error('none')
  return instance
}
const daemon = { name: 'daemon', uid: 1, gid: 1, home: '/' }
const analyze = '/usr/bin/systemd-analyze'
if (!existsSync(analyze)) console.warn('skipped: systemd-analyze is not installed')

test('a unit holds the limits, the grace, the account and the hardening', () => {
  const text = unitText(
    planned({ memory: '256M', cpu: 1.5, stop_grace: 25 }, daemon),
    '/srv/corpus/systemd/x',
    'system',
  )
  for (const line of [
    'MemoryMax=268435456',
    'CPUQuota=150%',
    'TimeoutStopSec=25',
    'User=daemon',
    'Restart=always',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
    'PrivateTmp=yes',
    'WantedBy=multi-user.target',
  ])
    expect(text.split('\n')).toContain(line)
})

test('a release below a folder for temporary files stays visible to its processes', () => {
  const here = { ...planned(), folder: '/srv/tmp/t' }
  for (const root of ['/tmp/x', '/var/tmp/x']) {
    expect(unitText(here, `${root}/corpus`, 'system')).not.toContain('PrivateTmp')
    expect(unitText({ ...here, folder: `${root}/t` }, '/srv/corpus', 'system')).not.toContain('PrivateTmp')
    expect(unitText(here, `${root}/corpus`, 'system')).toContain('PrivateDevices=yes\n')
  }
  expect(unitText(here, '/srv/tmp/corpus', 'system')).toContain('PrivateTmp=yes\n')
})

test('no grace is no grace, and not one without end', () => {
  const lines = (grace: unknown) => unitText(planned({ stop_grace: grace }), '/x', 'system').split('\n')
  for (const grace of [0, 0.0001]) {
    expect(lines(grace)).toContain('KillSignal=SIGKILL')
    expect(lines(grace)).toContain('TimeoutStopSec=10')
  }
  expect(lines(0.25)).toContain('KillSignal=SIGTERM')
  expect(lines(0.25)).toContain('TimeoutStopSec=250ms')
})

test("a unit of a user's own manager has neither account nor what only the system can do", () => {
  const text = unitText(planned({}, daemon), '/x', 'user')
  expect(text).not.toMatch(/^(User|Group|ProtectSystem|PrivateTmp|CapabilityBoundingSet)=/m)
  expect(text).toContain('WantedBy=default.target')
})

test('a systemd that can waits longer after each death', () => {
  expect(unitText(planned(), '/x', 'system', 252)).not.toContain('RestartSteps')
  expect(unitText(planned(), '/x', 'system', 255)).toContain('RestartSteps=5\nRestartMaxDelaySec=30\n')
})

test('neither command nor environment is in a unit: only the launcher is', () => {
  const text = unitText(planned(), '/srv/corpus', 'system')
  expect(text).not.toContain('evil')
  expect(text.match(/^ExecStart=/gm)).toHaveLength(1)
  expect(text).toContain(`ExecStart=/usr/bin/env -i CORPUS_INSTANCE=${planned().name} /bin/sh "/srv/corpus/launch"\n`)
})

test('a value that would begin another setting is refused', () => {
  expect(() => unitText(planned(), '/x\nExecStartPre=/bin/evil', 'system')).toThrowError(
    expect.objectContaining({ code: 'SERVICE_INVALID' }),
  )
  expect(() => unitText({ ...planned(), release: 'r1\nUser=root' }, '/x', 'system')).toThrow(/control character/)
})

test('what systemd would expand is taken as it is', () =>
  expect(value('/a b/%n/$HOME/"q"\\')).toBe('"/a b/%%n/$$HOME/\\"q\\"\\\\"'))

test.skipIf(!existsSync(analyze))('systemd accepts the units, of both managers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-units-'))
  try {
    for (const scope of ['system', 'user'] as const) {
      const instance = planned({ memory: '64M', cpu: 0.25 }, daemon)
      const file = join(folder, unitName(instance.name))
      writeFileSync(file, unitText(instance, '/srv/a folder/50%/$x', scope))
      const argv = [
        analyze,
        'verify',
        ...(scope === 'user' ? ['--user'] : []),
        '--man=no',
        '--recursive-errors=no',
        file,
      ] as const
      const ended = await localShell.run({
        argv,
        timeoutSeconds: 60,
        env: { PATH: '/usr/bin:/bin:/usr/sbin', XDG_RUNTIME_DIR: folder, HOME: folder },
      })
      expect([textOf(ended.stderr), ended.status]).toEqual(['', 0])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a wrong setting would be found by that', async ({ skip }) => {
  if (!existsSync(analyze)) return skip('systemd-analyze is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'corpus-units-'))
  try {
    const file = join(folder, 'x.service')
    writeFileSync(file, unitText(planned(), '/x', 'system').replace('Restart=always', 'Restart=sometimes'))
    const ended = await localShell.run({
      argv: [analyze, 'verify', '--man=no', '--recursive-errors=no', file],
      timeoutSeconds: 60,
    })
    expect(textOf(ended.stderr)).toContain('sometimes')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('states of systemd are read as ours', () => {
  const state = (text: string, down = false) => runState(parseProperties(text), down)
  expect(state('ActiveState=active\nSubState=running')).toBe('running')
  expect(state('ActiveState=activating\nSubState=auto-restart')).toBe('backing-off')
  expect(state('ActiveState=activating\nSubState=start')).toBe('starting')
  expect(state('ActiveState=deactivating\nSubState=stop-sigterm', true)).toBe('stopping')
  expect(state('ActiveState=inactive\nSubState=dead', true)).toBe('stopped')
})
