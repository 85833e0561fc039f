import { expect, test } from 'vitest'
import { settingsLayer } from '../../../src/configuration/setting.ts'
import { settingValue } from '../../../src/configuration/setting-value.ts'
import { applicationEnvironment } from '../../../src/deployment/application-environment.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { Dict } from '../../../src/salt/python/dict.ts'

const layout = projectLayout('/srv', projectName('shop'))

test.each([
  ['0.5', '0.5'],
  ['1.0', '1.0'],
  ['3', '3'],
  ['12345678901234567890', '12345678901234567890'],
  ['yes', 'true'],
  ['007', '007'],
  [`$HOME '"\\n % ü`, `$HOME '"\\n % ü`],
  ['"a\\nb"', 'a\nb'],
  ['', ''],
])('a variable that is set to %s reaches the application as %j', (typed, seen) => {
  const cfg = settingsLayer([`environment.VALUE=${typed}`], settingValue)
  expect(applicationEnvironment({ cfg, layout, account: null }, '/tree')['VALUE']).toBe(seen)
})

test('a variable without a value is not there', () => {
  const cfg = settingsLayer(['environment.VALUE=null'], settingValue)
  expect(applicationEnvironment({ cfg, layout, account: null }, '/tree')).not.toHaveProperty('VALUE')
})

test('git may read the tree, and no other; what people set counts more', () => {
  const environment = applicationEnvironment({ cfg: new Dict(), layout, account: null }, '/tree')
  expect(environment).toMatchObject({
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '/tree',
  })
  expect(environment).not.toHaveProperty('CORPUS_COMMIT')
  const cfg = settingsLayer(['environment.CORPUS_TAG=mine'], settingValue)
  expect(applicationEnvironment({ cfg, layout, account: null }, '/tree')['CORPUS_TAG']).toBe('mine')
})
