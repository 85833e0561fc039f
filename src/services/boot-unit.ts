/** Has a program start with the machine and stay: a unit of systemd where that is booted, a line of the crond that is there otherwise. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { putCronLines } from './crontab.ts'
import { quoted } from './environment.ts'
import type { Clock } from './jobs.ts'
import { type Scope, scopeHere, systemctl, unitFolder } from './systemd/manager.ts'
import { value } from './systemd/unit.ts'

export interface BootTools {
  readonly shell: Shell
  readonly clock: Clock
  readonly cronFolder?: string
  readonly unitFolder?: string
}

export interface BootProgram {
  /** Distinguishes it on the machine: letters, digits, `-` and `_`. */
  readonly name: string
  readonly does: string
  readonly argv: readonly [Program, ...string[]]
  /** Where its output goes under cron; systemd has its journal. */
  readonly log: string
}

/** Under systemd it runs when this returns, and again when it dies; under cron from the next start of the machine on. */
export async function startAtBoot(tools: BootTools, program: BootProgram): Promise<void> {
  if (tools.clock === 'cron') {
    const words = program.argv.map(word => quoted(word).toString()).join(' ')
    return putCronLines(tools, program.name, [{ when: '@reboot', command: `${words} >> ${quoted(program.log)} 2>&1` }])
  }
  const scope = scopeHere()
  const folder = tools.unitFolder ?? unitFolder(scope)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `corpus-${program.name}.service`), bootUnit(program, scope))
  const asking = { shell: tools.shell, scope, timeoutSeconds: 60 }
  await systemctl(asking, ['daemon-reload'])
  await systemctl(asking, ['enable', `corpus-${program.name}.service`])
  await systemctl(asking, ['restart', `corpus-${program.name}.service`])
}

export async function notAtBoot(tools: BootTools, program: Pick<BootProgram, 'name'>): Promise<void> {
  if (tools.clock === 'cron') return putCronLines(tools, program.name, [])
  const scope = scopeHere()
  const asking = { shell: tools.shell, scope, timeoutSeconds: 60 }
  await systemctl(asking, ['disable', '--now', `corpus-${program.name}.service`])
  rmSync(join(tools.unitFolder ?? unitFolder(scope), `corpus-${program.name}.service`), { force: true })
  await systemctl(asking, ['daemon-reload'])
}

/** What it started (nginx, supervisors) lives on when it is stopped. */
export function bootUnit({ does, argv }: BootProgram, scope: Scope): string {
  return `[Unit]
Description=${does.replaceAll('%', '%%')}
After=network.target

[Service]
ExecStart=${argv.map(value).join(' ')}
Restart=always
RestartSec=2
KillMode=process

[Install]
WantedBy=${scope === 'system' ? 'multi-user' : 'default'}.target
`
}
