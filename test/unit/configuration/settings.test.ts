/** What is declared of a setting holds together. */
import { describe, expect, test } from 'vitest'
import { builtInDefaults } from '../../../src/configuration/defaults.ts'
import { takenBy, takenToUnset } from '../../../src/configuration/rights.ts'
import { settingNames, settingOf, settings } from '../../../src/configuration/settings/index.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import type { Value } from '../../../src/salt/python/value.ts'

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

describe('what it takes to save a setting', () => {
  test.each(settingNames)('%s: is declared, and whoever is not root says nothing of root’s by configuring', key => {
    const { takes, isOfRoot } = settings[key]
    if (typeof takes === 'string') expect(['configure', 'push-pillar', 'administrator']).toContain(takes)
    // By its value: whatever no one foresaw is the administrator's.
    else expect(takes(Dict.of({ nobody: '/tmp/x' }))).toBe('administrator')
    if (isOfRoot) expect(['push-pillar', 'administrator']).toContain(takes)
  })

  test('of what is not declared, it is the administrator', () => {
    const layer = Dict.of({ 'user-overrides': 'root', python: new Dict(), keep_archives: 3, data: new Dict() })
    expect(takenBy(layer)).toEqual([
      ['user-overrides', 'administrator'],
      ['python', 'administrator'],
      ['keep_archives', 'configure'],
      ['data', 'push-pillar'],
    ])
    expect(takenToUnset('nobody_knows_it')).toBe('administrator')
  })

  test('follows from the value where a harmless one can be told', () => {
    const of = (key: string, value: Value) => takenBy(Dict.of({ [key]: value }))[0]?.[1]
    expect([of('installer', 'nodejs'), of('installer', '/tmp/x'), of('installer', '{data.x}')]).toEqual([
      'configure',
      'administrator',
      'administrator',
    ])
    expect([of('mode', 'final'), of('mode', 'editable'), of('default_env', 'dev')]).toEqual([
      'configure',
      'administrator',
      'administrator',
    ])
    expect([of('domains', 'a.example, b.example'), of('domains', ['a.example;x'])]).toEqual([
      'configure',
      'administrator',
    ])
  })
})

test('what stands in the lowest layer belongs to one configuration alone', () => {
  const [one, other] = [builtInDefaults(fixed), builtInDefaults(fixed)]
  for (const [key, value] of one)
    if (typeof value === 'object' && value !== null) expect(other.get(key)).not.toBe(value)
  expect(one.get('user')).toBe('{name}-user')
  expect(builtInDefaults({ ...fixed, account: { user: 'a', group: 'b' } }).get('group')).toBe('b')
})
