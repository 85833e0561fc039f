import { expect, test } from 'vitest'
import { isInRange, parseRange } from '../../../src/applications/version-range.ts'

const inside = (version: string, range: string) => isInRange(version, parseRange(range) ?? [])

test.each([
  ['>=20', '20.0.0', true],
  ['>=20', '19.9.9', false],
  ['>= 18.18 <23', '22.13.1', true],
  ['>=18.18 < 23', '23.0.0', false],
  ['^22.1', '22.0.9', false],
  ['^22.1', '22.99.0', true],
  ['^22.1', '23.0.0', false],
  ['^0.2.3', '0.2.9', true],
  ['^0.2.3', '0.3.0', false],
  ['^0.0.3', '0.0.4', false],
  ['~20.9', '20.9.5', true],
  ['~20.9', '20.10.0', false],
  ['~20', '20.10.0', true],
  ['18 || 20.x', '20.3.0', true],
  ['18 || 20.x', '19.0.0', false],
  ['20.*', '20.3.0', true],
  ['*', '24.0.0', true],
  ['', '24.0.0', true],
  ['18 - 20', '20.19.0', true],
  ['18 - 20', '21.0.0', false],
  ['18.1.0 - 20.2.0', '20.2.0', true],
  ['18.1.0 - 20.2.0', '20.2.1', false],
  ['>20', '20.5.0', false],
  ['>20', '21.0.0', true],
  ['<=20', '20.19.0', true],
  ['<=20.1.2', '20.1.3', false],
  ['=20.1.2', 'v20.1.2', true],
  ['20.1.2', '20.1.3', false],
  ['>*', '20.0.0', false],
])('%s has %s: %s', (range, version, expected) => {
  expect(inside(version, range)).toBe(expected)
})

test('a text that is no range is known as none', () => {
  for (const text of ['latest', '>=twenty', '20 and up', 'lts/*']) expect(parseRange(text)).toBeNull()
})
