/** Services of this machine as systemd, runit or SysV scripts keep them: what there is, and the commands that act on them. */

import { executionError } from '../definition/exceptions.ts'
import { accessSync, constants, existsSync, lstatSync, readdirSync, rmSync, symlinkSync } from './files.ts'

type Manager = 'systemd' | 'runit' | 'sysv'
export type Action = 'start' | 'stop' | 'restart' | 'reload' | 'force-reload' | 'status'
type Argv = readonly [string, ...string[]]

/** A service and who keeps it. */
export interface Found {
  readonly manager: Manager
  readonly name: string
}

/** Where runit looks for services that shall run, and where their folders lie. */
const runitEnabled = ['/etc/service', '/service', '/var/service']
const runitServices = '/etc/sv'

/** Null where no manager knows it; `hasUnit` asks systemd. */
export function findService(name: string, hasUnit: (argv: Argv) => boolean): Found | null {
  refuseHostile(name)
  if (booted() && hasUnit(['systemctl', 'cat', '--', unitOf(name)])) return { manager: 'systemd', name }
  if (existsSync(`${runitServices}/${name}`) && enabledFolder() !== null) return { manager: 'runit', name }
  return isScript(`/etc/init.d/${name}`) ? { manager: 'sysv', name } : null
}

export function actionCommand({ manager, name }: Found, action: Action): Argv {
  if (manager === 'systemd')
    return action === 'status'
      ? ['systemctl', 'is-active', '--quiet', unitOf(name)]
      : ['systemctl', action, unitOf(name)]
  if (manager === 'sysv') return [`/etc/init.d/${name}`, action]
  const words = {
    start: 'start',
    stop: 'stop',
    restart: 'restart',
    reload: 'hup',
    'force-reload': 'hup',
    status: 'status',
  }
  return ['sv', words[action], name]
}

/** What a status command said: runit ends well for a service that is down. */
export function isRunning({ manager }: Found, status: number, output: string): boolean {
  return manager === 'runit' ? status === 0 && output.startsWith('run:') : status === 0
}

/** Null for runit, which is told by a link. */
export function enableCommand({ manager, name }: Found, on: boolean): Argv | null {
  if (manager === 'systemd') return ['systemctl', on ? 'enable' : 'disable', unitOf(name)]
  if (manager === 'sysv') return on ? ['update-rc.d', name, 'defaults'] : ['update-rc.d', '-f', name, 'remove']
  return null
}

export function linkRunit({ name }: Found, on: boolean): void {
  const folder = enabledFolder()
  if (folder === null) throw executionError('There is no folder of enabled runit services')
  const link = `${folder}/${name}`
  if (on && !lstatSync(link, { throwIfNoEntry: false })) symlinkSync(`${runitServices}/${name}`, link)
  if (!on) rmSync(link, { force: true })
}

export function isEnabled({ manager, name }: Found, ask: (argv: Argv) => boolean): boolean {
  if (manager === 'systemd') return ask(['systemctl', 'is-enabled', '--quiet', unitOf(name)])
  if (manager === 'runit') return existsSync(`${enabledFolder()}/${name}`)
  return ['2', '3', '4', '5'].some(level =>
    entries(`/etc/rc${level}.d`).some(link => /^S\d\d/.test(link) && link.slice(3) === name),
  )
}

export function allServices(): string[] {
  const units = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system'].flatMap(entries)
  const named = units.filter(unit => unit.endsWith('.service')).map(unit => unit.slice(0, -'.service'.length))
  const scripts = entries('/etc/init.d').filter(script => isScript(`/etc/init.d/${script}`))
  return [...new Set([...(booted() ? named : []), ...scripts, ...entries(runitServices)])].sort()
}

function booted(): boolean {
  return existsSync('/run/systemd/system')
}

function unitOf(name: string): string {
  return /\.(service|socket|timer|target|mount|path)$/.test(name) ? name : `${name}.service`
}

function enabledFolder(): string | null {
  return runitEnabled.find(folder => existsSync(folder)) ?? null
}

function isScript(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return lstatSync(path).isFile() || lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A name goes into paths and argument vectors. */
function refuseHostile(name: string): void {
  if (!/^[\w@.:][\w@.:\\+-]*$/.test(name) || name.includes('..'))
    throw executionError(`'${name}' is no name of a service`)
}
