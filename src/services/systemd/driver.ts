/** The driver over systemd: one unit an instance, in the system's manager as root and in the user's own otherwise. */

import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMissing } from '../../kernel/files.ts'
import type { ProjectName } from '../../kernel/names.ts'
import { isRoot } from '../../shell/account.ts'
import type { Shell } from '../../shell/shell.ts'
import { giveBack, newAddress } from '../addresses.ts'
import type { Driver, Running, RunState } from '../driver.ts'
import { type Instance, type InstanceName, instanceName, portOwner } from '../instance.ts'
import { launchText, marker } from '../launch.ts'
import { leavingOf } from '../leaving.ts'
import type { Place } from '../place.ts'
import { nextPort, type PortRange, usualRange } from '../ports.ts'
import { processesOf, signalAll } from '../procfs.ts'
import { isProven, markProven, placeFolder, readRecord, userOf, writeRecord } from '../record.ts'
import { entryIn, linesCommand, namesCommand, namesIn } from './journal.ts'
import { exitScript, exitScriptName, lastExit } from './last-exit.ts'
import { type Scope, scopeHere, systemctl, trySystemctl, unitFolder } from './manager.ts'
import { unitName, unitText } from './unit.ts'

export interface SystemdSettings {
  readonly place: Place
  readonly shell: Shell
  readonly ports?: PortRange
  readonly scope?: Scope
  /** Where units are written; default: /etc/systemd/system, or the user's own folder. */
  readonly unitFolder?: string
}

interface Manager {
  readonly place: Place
  readonly shell: Shell
  readonly scope: Scope
  readonly unitFolder: string
  readonly ports: PortRange
}

export function systemdDriver(settings: SystemdSettings): Driver {
  const scope = settings.scope ?? scopeHere()
  const manager: Manager = {
    place: settings.place,
    shell: settings.shell,
    scope,
    unitFolder: settings.unitFolder ?? unitFolder(scope),
    ports: settings.ports ?? usualRange,
  }
  return {
    name: 'systemd',
    start: instances => start(manager, instances),
    stop: names => stop(manager, names),
    list: project => list(manager, project),
    prove: async names => {
      for (const name of names) if (existsSync(home(manager, name))) markProven(home(manager, name))
    },
    folder: name => home(manager, name),
    can: {
      limitMemory: 'instance',
      limitCpu: true,
      journal: {
        namesCommand: namesCommand(scope),
        names: namesIn,
        linesCommand: (names, options) => linesCommand(scope, names, options),
        entry: printed => entryIn(scope, printed),
      },
    },
  }
}

const records = (manager: Manager) => join(manager.place.home, 'systemd')
const home = (manager: Manager, name: InstanceName) => join(records(manager), name)

/** The record is made first and the unit last: what has a unit has a record, so that everything that runs can be found and stopped. */
async function start(manager: Manager, instances: readonly Instance[]): Promise<void> {
  const half = instances.map(one => one.name).filter(name => existsSync(join(home(manager, name), 'down')))
  await stop(manager, half)
  const units: string[] = []
  const version = instances.length === 0 ? 0 : await systemdVersion(manager)
  mkdirSync(records(manager), { recursive: true, mode: 0o755 })
  for (const instance of instances) {
    const unit = join(manager.unitFolder, unitName(instance.name))
    if (!existsSync(home(manager, instance.name))) await put(manager, instance)
    if (!existsSync(unit)) {
      mkdirSync(manager.unitFolder, { recursive: true })
      writeFileSync(unit, unitText(instance, home(manager, instance.name), manager.scope, version), {
        flush: true,
      })
    }
    units.push(unitName(instance.name))
  }
  if (units.length === 0) return
  await systemctl(asking(manager), ['daemon-reload'])
  // "exec" units are started when the launcher was executed; a failure after that is told by the health check.
  await systemctl(asking(manager), ['enable', '--now', '--no-block', ...units])
}

async function put(manager: Manager, instance: Instance): Promise<void> {
  const address = await newAddress(manager.place, records(manager), instance.name, manager.ports)
  placeFolder(join(manager.place.home, 'systemd-staging'), instance.name, home(manager, instance.name), folder => {
    const launch = join(folder, 'launch')
    writeFileSync(launch, launchText(instance, address), { mode: 0o400 })
    if (instance.account && isRoot()) chownSync(launch, instance.account.uid, instance.account.gid)
    writeFileSync(join(folder, exitScriptName), exitScript, { mode: 0o755 })
    writeRecord(folder, instance, address)
  })
}

async function stop(manager: Manager, names: readonly InstanceName[]): Promise<void> {
  // Another may be stopping the same: what it took away is stopped.
  const known = names.filter(name => sayDown(home(manager, name)))
  if (known.length === 0) return
  const there = known.filter(name => existsSync(join(manager.unitFolder, unitName(name))))
  if (there.length > 0) await systemctl(asking(manager), ['disable', '--now', ...there.map(unitName)])
  for (const name of known) {
    // What left the control group (it cannot as an ordinary user) would still carry the mark.
    signalAll(processesOf(`${marker}=${name}`, null, userOf(home(manager, name))), 'SIGKILL')
    rmSync(join(manager.unitFolder, unitName(name)), { force: true })
  }
  await systemctl(asking(manager), ['daemon-reload'])
  await trySystemctl(asking(manager), ['reset-failed', ...known.map(unitName)])
  for (const name of known) {
    rmSync(home(manager, name), { recursive: true, force: true })
    giveBack(manager.place, records(manager), name)
  }
}

function sayDown(folder: string): boolean {
  try {
    writeFileSync(join(folder, 'down'), '')
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** The first line is `systemd 252 (252.39-1~deb12u1)`. */
async function systemdVersion(manager: Manager): Promise<number> {
  return Number(/^systemd (\d+)/.exec(await systemctl(asking(manager), ['--version']))?.[1] ?? 0)
}

const properties = ['Id', 'MainPID', 'ActiveState', 'SubState', 'NRestarts']

async function list(manager: Manager, project?: ProjectName): Promise<readonly Running[]> {
  const names = entries(records(manager))
    .filter(name => project === undefined || name.startsWith(`${project}.`))
    .map(instanceName)
  if (names.length === 0) return []
  const shown = await systemctl(asking(manager), ['show', `--property=${properties.join(',')}`, ...names.map(unitName)])
  const facts = new Map(
    shown
      .split(/\n\n+/)
      .map(block => parseProperties(block))
      .map(one => [one['Id'], one]),
  )
  return names.flatMap(name => running(manager, name, facts.get(unitName(name)) ?? {}))
}

function running(manager: Manager, name: InstanceName, facts: Readonly<Record<string, string>>): readonly Running[] {
  const folder = home(manager, name)
  const record = readRecord(folder)
  if (record === null) return []
  const { stopGraceSeconds: _, ...rest } = record
  const pid = Number(facts['MainPID'] ?? 0)
  const state = runState(facts, existsSync(join(folder, 'down')))
  return [
    {
      ...rest,
      nextPort: rest.address === null ? null : nextPort(manager.place, portOwner(name), rest.address.port),
      pid: pid > 0 && state === 'running' ? pid : null,
      state,
      restarts: Number(facts['NRestarts'] ?? 0),
      lastExit: lastExit(folder),
      proven: isProven(folder),
      leaving: leavingOf(folder),
    },
  ]
}

/** `Key=value` lines of `systemctl show`. */
export function parseProperties(block: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    block.split('\n').flatMap(line => {
      const at = line.indexOf('=')
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : []
    }),
  )
}

export function runState(facts: Readonly<Record<string, string>>, down: boolean): RunState {
  const { ActiveState: active, SubState: sub } = facts
  if (down) return active === 'inactive' || active === 'failed' || active === undefined ? 'stopped' : 'stopping'
  if (sub === 'auto-restart' || active === 'failed') return 'backing-off'
  if (active === 'active') return 'running'
  if (active === 'deactivating') return 'backing-off'
  return 'starting'
}

/** As long as the longest grace, and some. */
const asking = ({ shell, scope }: Manager) => ({ shell, scope, timeoutSeconds: 3700 })

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => !name.startsWith('.'))
  } catch {
    return []
  }
}
