/** What is declared of a setting holds together. */
import { describe, expect, test } from 'vitest'
import { builtInDefaults } from '../../../src/configuration/defaults.ts'
import { settingNames, settingOf, settings } from '../../../src/configuration/settings/index.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { Dict } from '../../../src/salt/python/dict.ts'

const fixed = { name: projectName('shop'), paths: {} }

describe('a setting', () => {
  test.each(settingNames)('%s takes what holds where nobody says it', key => {
    const { layered, otherwise, rule } = settings[key]
    // The account's is filled in before it is looked at.
    const isFilled = typeof otherwise === 'string' && otherwise.startsWith('{name}')
    if (layered && !isFilled) expect(rule(layered())).toBeUndefined()
    if (otherwise !== null && !isFilled) expect(rule(otherwise)).toBeUndefined()
  })

  test('is read with what holds where nobody says it, and as it is said', () => {
    expect(settingOf(new Dict(), 'drain_seconds')).toBe(30)
    expect(settingOf(Dict.of({ drain_seconds: null }), 'drain_seconds')).toBe(30)
    expect(settingOf(Dict.of({ drain_seconds: 0 }), 'drain_seconds')).toBe(0)
    expect(settingOf(new Dict(), 'engine')).toBeNull()
  })
})

test('what stands in the lowest layer belongs to one configuration alone', () => {
  const [one, other] = [builtInDefaults(fixed), builtInDefaults(fixed)]
  for (const [key, value] of one)
    if (typeof value === 'object' && value !== null) expect(other.get(key)).not.toBe(value)
  expect(one.get('user')).toBe('{name}-user')
  expect(builtInDefaults({ ...fixed, account: { user: 'a', group: 'b' } }).get('group')).toBe('b')
})
