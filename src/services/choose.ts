/** Which supervisor runs the processes of this machine. */
import { existsSync } from 'node:fs'
import type { Shell } from '../shell/shell.ts'
import type { Driver } from './driver.ts'
import { servicesPlace } from './place.ts'
import { runitDriver } from './runit/driver.ts'

/** systemd where the machine is booted with it (and, for an ordinary user, where that user has a manager), runit elsewhere. */
export async function servicesDriver(root: string, shell: Shell): Promise<Driver> {
  const place = servicesPlace(root)
  if (isBootedWithSystemd()) {
    const { systemdDriver } = await import('./systemd/driver.ts')
    return systemdDriver({ place, shell })
  }
  return runitDriver({ place, shell })
}

/** sd_booted(3): the folder is there only when systemd is the init; a user's own manager has its socket in the runtime folder. */
export function isBootedWithSystemd(): boolean {
  if (!existsSync('/run/systemd/system')) return false
  return process.getuid?.() === 0 || existsSync(`${process.env['XDG_RUNTIME_DIR'] ?? '/nonexistent'}/systemd/private`)
}
