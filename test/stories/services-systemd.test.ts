/** Processes under a real systemd: the contract of all drivers, where the machine is booted with it. */
import { describe, test } from 'vitest'
import { isBootedWithSystemd } from '../../src/services/choose.ts'
import { systemdDriver } from '../../src/services/systemd/driver.ts'
import { localShell } from '../../src/shell/local.ts'
import { servicesContract } from '../support/servicesContract.ts'

if (isBootedWithSystemd()) {
  // Units have a /tmp of their own: what they run must lie elsewhere.
  const folder = process.getuid?.() === 0 ? '/srv' : process.env['HOME']
  describe('systemd', () => servicesContract(room => systemdDriver({ place: room.place, shell: localShell }), folder))
} else {
  console.warn('skipped: this machine is not booted with systemd, so nothing can be started by it')
  test.skip('the contract of drivers under systemd: this machine is not booted with it', () => {})
}
