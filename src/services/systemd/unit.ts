/** The text of a systemd unit for an instance: limits, hardening, restart with back-off. */
import { join } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { usualProcesses } from '../../shell/limits.ts'
import type { Instance } from '../instance.ts'
import { marker } from '../launch.ts'
import { exitScriptName } from './last-exit.ts'
import type { Scope } from './manager.ts'

/** systemd's name of an instance: "@" and the like are not in an instance's name, so nothing is to be escaped. */
export const unitName = (name: string) => `corpus-${name}.service`

/** The name in the name of a unit; null for a unit of others. */
export const instanceOfUnit = (unit: string): string | null => /^corpus-(.+)\.service$/.exec(unit)?.[1] ?? null

/** From this version on systemd can wait longer after each death; before it, the pause is the same each time. */
const steppedRestartsVersion = 254
/** After SIGKILL the kernel needs a moment. */
const killLimitSeconds = 10

/** `home` is the folder of the instance, which holds its launcher. */
export function unitText(instance: Instance, home: string, scope: Scope, version = 0): string {
  const account = instance.account
  return sections({
    Unit: [
      ['Description', `corpus ${instance.project}: ${instance.process} ${instance.number} of ${instance.release}`],
      ['After', 'network.target'],
      // Never given up: the pauses below bound what a crashing process costs.
      ['StartLimitIntervalSec', '0'],
    ],
    Service: [
      ['Type', 'exec'],
      // Nothing of what systemd itself, or a login of the user's, has in its environment.
      ['ExecStart', `/usr/bin/env -i ${marker}=${instance.name} /bin/sh ${value(join(home, 'launch'))}`],
      // "+": as root and outside of the limits below, for the folder is ours and not the account's.
      ['ExecStopPost', `${scope === 'system' ? '+' : ''}/bin/sh ${value(join(home, exitScriptName))}`],
      ['Environment', `${marker}=${instance.name}`],
      ...(scope === 'system' && account
        ? ([
            ['User', account.name],
            ['Group', String(account.gid)],
          ] as const)
        : []),
      ['Restart', 'always'],
      ['RestartSec', '2'],
      ...(version >= steppedRestartsVersion
        ? ([
            ['RestartSteps', '5'],
            ['RestartMaxDelaySec', '30'],
          ] as const)
        : []),
      ['KillMode', 'control-group'],
      ...stopping(instance.stopGraceSeconds),
      ['SendSIGKILL', 'yes'],
      ['SyslogIdentifier', `${instance.project}.${instance.process}.${instance.number}`],
      ['UMask', '0022'],
      ['NoNewPrivileges', 'yes'],
      ...(instance.memoryBytes === null ? [] : ([['MemoryMax', String(instance.memoryBytes)]] as const)),
      ['TasksMax', String(instance.processes ?? usualProcesses)],
      ...(instance.cpus === null ? [] : ([['CPUQuota', `${Math.max(1, Math.round(instance.cpus * 100))}%`]] as const)),
      ...(scope === 'system' ? hardening.filter(([key]) => key !== 'PrivateTmp' || !isTemporary(home, instance)) : []),
    ],
    Install: [['WantedBy', scope === 'system' ? 'multi-user.target' : 'default.target']],
  })
}

/** With a /tmp of its own a process would not find its launcher or its release there. */
function isTemporary(home: string, instance: Instance): boolean {
  return [home, instance.folder].some(path => /^\/(var\/)?tmp\//.test(path))
}

/** To systemd a limit of 0 is none: without a grace, the first signal is the one that ends everything. */
function stopping(graceSeconds: number): readonly (readonly [string, string])[] {
  const milliseconds = Math.round(graceSeconds * 1000)
  if (milliseconds === 0) {
    return [
      ['KillSignal', 'SIGKILL'],
      ['TimeoutStopSec', String(killLimitSeconds)],
    ]
  }
  return [
    ['KillSignal', 'SIGTERM'],
    ['TimeoutStopSec', milliseconds % 1000 === 0 ? String(milliseconds / 1000) : `${milliseconds}ms`],
  ]
}

/** What an application has no business with, and what can be taken from it without looking at it. */
const hardening: readonly (readonly [string, string])[] = [
  ['PrivateTmp', 'yes'],
  ['PrivateDevices', 'yes'],
  ['ProtectSystem', 'full'],
  ['ProtectKernelTunables', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectHostname', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['LockPersonality', 'yes'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['SystemCallArchitectures', 'native'],
  ['CapabilityBoundingSet', ''],
]

/** A value as systemd reads it: % begins a specifier, $ a variable, quotes group; a line break would begin another setting. */
export function value(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text))
    throw new CorpusError('SERVICE_INVALID', 'A value of a unit holds a control character.')
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
}

function sections(all: Readonly<Record<string, readonly (readonly [string, string])[]>>): string {
  return Object.entries(all)
    .map(([name, lines]) => `[${name}]\n${lines.map(([key, text]) => `${key}=${oneLine(text)}\n`).join('')}`)
    .join('\n')
}

/** The last guard against a value that would begin a line of its own. */
function oneLine(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text))
    throw new CorpusError('SERVICE_INVALID', 'A value of a unit holds a control character.')
  return text
}
