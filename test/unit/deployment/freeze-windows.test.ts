import { expect, test } from 'vitest'
import { freezeWindows } from '../../../src/deployment/freeze-windows.ts'
import { Dict } from '../../../src/salt/python/dict.ts'

const windowOf = (from: string, to: string, timezone?: string) => {
  const entry = Dict.of([
    ['from', from],
    ['to', to],
    ['because', 'x'],
    ...(timezone ? [['timezone', timezone] as [string, string]] : []),
  ])
  const [window] = freezeWindows([entry])
  return (at: string) => window?.isOpen(new Date(at))
}

test('from Friday evening to Monday morning, in the zone that is named', () => {
  const isOpen = windowOf('0 17 * * 5', '0 8 * * 1', 'Europe/Paris')
  // 2026-12-04 is a Friday; Paris is an hour ahead of UTC.
  expect(isOpen('2026-12-04T15:59:59Z')).toBe(false)
  expect(isOpen('2026-12-04T16:00:00Z')).toBe(true)
  expect(isOpen('2026-12-06T12:00:00Z')).toBe(true)
  expect(isOpen('2026-12-07T06:59:58Z')).toBe(true)
  expect(isOpen('2026-12-07T07:00:00Z')).toBe(false)
  expect(isOpen('2026-12-09T12:00:00Z')).toBe(false)
})

test('a date alone is the whole of its day; an hour and a zone are heeded', () => {
  const holidays = windowOf('2026-12-24', '2026-12-26')
  expect(holidays(new Date(2026, 11, 23, 23, 59, 59).toISOString())).toBe(false)
  expect(holidays(new Date(2026, 11, 24, 0, 0, 0).toISOString())).toBe(true)
  expect(holidays(new Date(2026, 11, 26, 23, 59, 59).toISOString())).toBe(true)
  expect(holidays(new Date(2026, 11, 27, 0, 0, 0).toISOString())).toBe(false)
  const hours = windowOf('2026-12-24 18:00+01:00', '2026-12-24T20:00:00Z')
  expect(hours('2026-12-24T16:59:59Z')).toBe(false)
  expect(hours('2026-12-24T17:00:00Z')).toBe(true)
  expect(hours('2026-12-24T20:00:01Z')).toBe(false)
})

test.each([
  ['', ''],
  ['2026-12-26', '2026-12-24'],
  ['2026-13-01', '2026-13-02'],
  ['0 17 * * 5', '2026-12-24'],
  ['@daily', '@weekly'],
  ['0 17 * *', '0 8 * *'],
  ['61 17 * * 5', '0 8 * * 1'],
])('%j to %j is no time', (from, to) => {
  expect(() => windowOf(from, to)).toThrow(expect.objectContaining({ code: 'GATES_INVALID' }))
})
