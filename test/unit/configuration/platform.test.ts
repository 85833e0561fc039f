import { expect, test } from 'vitest'
import { modeOfPlatform, systemOf, thisSystem } from '../../../src/configuration/platform.ts'

test('a platform says how its projects are deployed', () => {
  expect(modeOfPlatform('prod')).toBe('final')
  for (const name of ['staging', 'qa', 'test', 'preprod']) expect(modeOfPlatform(name)).toBe('cooking')
  expect(modeOfPlatform('dev')).toBe('editable')
  for (const name of ['laptop', 'production', 'prd', 'constructor', ''])
    expect(() => modeOfPlatform(name)).toThrow(expect.objectContaining({ code: 'PLATFORM_UNKNOWN' }))
})

test('systems have the names that state files know them by', () => {
  expect(systemOf('ID=debian\nNAME="Debian GNU/Linux"\n')).toEqual({ os: 'Debian', osFamily: 'Debian' })
  expect(systemOf('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n')).toEqual({ os: 'Ubuntu', osFamily: 'Debian' })
  expect(systemOf("ID='rocky'\nID_LIKE='rhel centos fedora'")).toEqual({ os: 'Rocky', osFamily: 'RedHat' })
  expect(systemOf('ID=popos\nNAME="Pop!_OS"\nID_LIKE="ubuntu debian"')).toEqual({ os: 'Pop!_OS', osFamily: 'Debian' })
  expect(systemOf('')).toEqual({ os: 'Linux', osFamily: 'Linux' })
  expect(thisSystem().osFamily).not.toBe('')
})
