import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BootProgram, bootUnit, notAtBoot, startAtBoot } from '../../../src/services/boot-unit.ts'
import type { Command, Outcome, Shell } from '../../../src/shell/shell.ts'

let folder: string
let asked: string[]
/** Takes everything, and says nothing. */
const shell: Shell = {
  run: async (command: Command): Promise<Outcome> => {
    asked.push(
      command.argv
        .filter(word => word !== '--no-pager' && word !== '--user')
        .join(' ')
        .replace('/usr/bin/', ''),
    )
    const nothing = new Uint8Array()
    return { status: 0, killedBy: null, timedOut: false, pid: 1, stdout: nothing, stderr: nothing }
  },
  runSync: () => {
    throw new Error('not asked')
  },
}
const program: BootProgram = {
  name: '_agent-1',
  does: 'the agent below /srv/50% off',
  argv: ['/opt/a b/corpus', 'agent', '--root=/srv/50% "off" $HOME'],
  log: '/srv/agent.log',
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-boot-'))
  asked = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a unit names the program word by word, comes back when it dies, and leaves what it started alone', () => {
  const unit = bootUnit(program, 'system')
  expect(unit).toContain('ExecStart="/opt/a b/corpus" "agent" "--root=/srv/50%% \\"off\\" $$HOME"\n')
  expect(unit).toContain('Restart=always\n')
  expect(unit).toContain('KillMode=process\n')
  expect(unit).toContain('WantedBy=multi-user.target\n')
  expect(bootUnit(program, 'user')).toContain('WantedBy=default.target\n')
})

test('under systemd the unit is enabled and started, and taken away again', async () => {
  const tools = { shell, clock: 'systemd', unitFolder: folder } as const
  await startAtBoot(tools, program)
  const unit = 'corpus-_agent-1.service'
  expect(readdirSync(folder)).toEqual([unit])
  expect(asked).toEqual(['systemctl daemon-reload', `systemctl enable ${unit}`, `systemctl restart ${unit}`])
  asked = []
  await notAtBoot(tools, program)
  expect(readdirSync(folder)).toEqual([])
  expect(asked).toEqual([`systemctl disable --now ${unit}`, 'systemctl daemon-reload'])
})

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: files of a crond can be written by root only')
test.runIf(isRoot)('under cron a line starts it with the machine, quoted for its shell and for cron', async () => {
  const tools = { shell, clock: 'cron', cronFolder: folder } as const
  await startAtBoot(tools, program)
  expect(readFileSync(join(folder, 'corpus-_agent-1'), 'utf8')).toContain(
    `@reboot root '/opt/a b/corpus' 'agent' '--root=/srv/50\\% "off" $HOME' >> '/srv/agent.log' 2>&1\n`,
  )
  await notAtBoot(tools, program)
  expect(readdirSync(folder)).toEqual([])
})
