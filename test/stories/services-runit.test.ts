/** Processes under a real runit: the contract of all drivers, and what is particular to this one. */
import { existsSync } from 'node:fs'
import { describe, test } from 'vitest'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { localShell } from '../../src/shell/local.ts'
import { servicesContract } from '../support/servicesContract.ts'

if (existsSync('/usr/bin/runsvdir')) {
  describe('runit', () => servicesContract(room => runitDriver({ place: room.place, shell: localShell })))
} else {
  console.warn('skipped: the Debian package runit is not installed')
  test.skip('runit is not installed', () => {})
}
