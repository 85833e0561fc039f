import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nextTime, onCalendar, parseSchedule } from '../../../src/services/schedule.ts'
import { localShell } from '../../../src/shell/local.ts'

const next = (text: string, after: string) => {
  const time = nextTime(parseSchedule(text), new Date(after))
  const two = (number: number) => String(number).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}

test.each([
  ['*/15 * * * *', '2026-01-01T10:07:30', '2026-01-01 10:15'],
  ['0 3 * * *', '2026-01-01T03:00:00', '2026-01-02 03:00'],
  ['30 4 1,15 * 5', '2026-01-02T12:00:00', '2026-01-09 04:30'],
  ['0 0 29 2 *', '2026-03-01T00:00:00', '2028-02-29 00:00'],
  ['5 22 * * mon-fri', '2026-01-02T23:00:00', '2026-01-05 22:05'],
  ['0 12 * jan,dec 7', '2026-01-31T13:00:00', '2026-12-06 12:00'],
  ['@weekly', '2026-01-01T00:00:00', '2026-01-04 00:00'],
  ['10-20/5 6 * * *', '2026-01-01T06:11:00', '2026-01-01 06:15'],
])('%s after %s comes at %s', (text, after, time) => expect(next(text, after)).toBe(time))

test.each([
  '',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  'a * * * *',
  '5-1 * * * *',
  '*/0 * * * *',
  '0 0 30 2 *',
  '0 0 31 4,6,9,11 *',
  '@reboot',
  '* * * * *\n* * * * * root evil',
  '-1 * * * *',
  '*-5 * * * *',
  '1,,2 * * * *',
])('%j is a schedule that cannot be', text => {
  expect(() => parseSchedule(text)).toThrowError(expect.objectContaining({ code: 'SCHEDULE_INVALID' }))
})

test('a day that never comes is fine beside a weekday that does', () => {
  expect(next('0 0 31 2 1', '2026-02-01T00:00:00')).toBe('2026-02-02 00:00')
})

test('systemd is told the same', () => {
  expect(onCalendar(parseSchedule('*/20 3 * * mon-fri'))).toEqual(['Mon,Tue,Wed,Thu,Fri *-*-* 3:0,20,40:00'])
  expect(onCalendar(parseSchedule('0 0 13 * 5'))).toEqual(['*-*-13 0:0:00', 'Fri *-*-* 0:0:00'])
})

const analyze = '/usr/bin/systemd-analyze'
if (!existsSync(analyze)) console.warn('skipped: systemd-analyze is not installed')
test.skipIf(!existsSync(analyze))('systemd understands it and comes to the same next time', async () => {
  for (const text of ['*/15 * * * *', '0 3 * * *', '5 22 * * mon-fri', '0 0 29 2 *', '0 12 * jan,dec 7']) {
    const [event = ''] = onCalendar(parseSchedule(text))
    const ended = await localShell.run({
      argv: [analyze, 'calendar', '--base-time=2026-01-02 23:00:00', event],
      timeoutSeconds: 30,
      env: { TZ: process.env['TZ'] ?? 'UTC' },
    })
    const elapse = /Next elapse: \w+ (\d{4}-\d\d-\d\d \d\d:\d\d):00/.exec(Buffer.from(ended.stdout).toString())?.[1]
    expect(elapse, text).toBe(next(text, '2026-01-02T23:00:00'))
  }
})
