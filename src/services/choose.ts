/** Which supervisor runs the processes of this machine: one choice, for what starts them and for doctor. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { ownName } from '../shell/account.ts'
import type { Shell } from '../shell/shell.ts'
import { runtimeFolder } from '../shell/systemd.ts'
import type { Driver } from './driver.ts'
import { servicesPlace } from './place.ts'
import { runitDriver } from './runit/driver.ts'
import { serviceFolder } from './runit/supervisor.ts'

export interface Choice {
  readonly name: 'systemd' | 'runit'
  /** false: what keeps the processes of this root cannot be reached. */
  readonly works: boolean
  readonly found: string
  /** What to do so that processes outlive a session; '' where there is nothing to do. */
  readonly mend: string
}

/** What the choice depends on. */
export interface Circumstances {
  /** sd_booted(3): systemd is the init. */
  readonly isBooted: boolean
  readonly isRoot: boolean
  /** A manager of the caller's own runs. */
  readonly hasManager: boolean
  /** It runs without a session too. */
  readonly lingers: boolean
  readonly account: string
  /** What has processes of this root at this moment. */
  readonly keeps: 'systemd' | 'runit' | null
}

/** systemd where the machine is booted with it and, for an ordinary user, where that user has a manager; runit elsewhere. */
export async function servicesDriver(root: string, shell: Shell): Promise<Driver> {
  const place = servicesPlace(root)
  const choice = supervisorChoice(circumstances(root))
  if (!choice.works) throw new CorpusError('SUPERVISOR_UNREACHABLE', `${choice.found}.`, { detail: choice.mend })
  if (choice.name === 'systemd') {
    const { systemdDriver } = await import('./systemd/driver.ts')
    return systemdDriver({ place, shell })
  }
  return runitDriver({ place, shell })
}

/**
 * Pure. A user's manager comes and goes with sessions: what has processes already goes on having them, so that no two supervisors ever
 * run one application.
 */
export function supervisorChoice(here: Circumstances): Choice {
  const fine = { works: true, mend: '' }
  if (!here.isBooted) return { ...fine, name: 'runit', found: 'runit' }
  if (here.isRoot) return { ...fine, name: 'systemd', found: 'systemd' }
  const mend = `As root: loginctl enable-linger ${here.account}. Then log in anew: XDG_RUNTIME_DIR is the folder of your own systemd.`
  if (here.keeps === 'runit') return { ...fine, name: 'runit', found: 'runit, which has your processes already' }
  if (here.hasManager) {
    return here.lingers
      ? { ...fine, name: 'systemd', found: 'your own systemd' }
      : { works: true, name: 'systemd', found: 'your own systemd, which ends with your last session', mend }
  }
  return here.keeps === 'systemd'
    ? { works: false, name: 'systemd', found: 'Your own systemd has the processes, and does not run', mend }
    : { works: true, name: 'runit', found: 'runit, for no systemd of your own runs', mend }
}

export function circumstances(root: string): Circumstances {
  const isRoot = process.getuid?.() === 0
  const isBooted = existsSync('/run/systemd/system')
  if (isRoot || !isBooted)
    return { isBooted, isRoot, hasManager: isRoot && isBooted, lingers: true, account: '', keeps: null }
  const account = ownName()
  const lingers = existsSync(join('/var/lib/systemd/linger', account))
  return { isBooted, isRoot, hasManager: runtimeFolder() !== null, lingers, account, keeps: keeperOf(root) }
}

/** Instances have dots in their names, the ingress beside them has none. */
function keeperOf(root: string): Circumstances['keeps'] {
  const place = servicesPlace(root)
  const has = (folder: string) => existsSync(folder) && readdirSync(folder).some(name => /^[^.].*\./.test(name))
  return has(join(place.home, 'systemd')) ? 'systemd' : has(serviceFolder(place)) ? 'runit' : null
}
