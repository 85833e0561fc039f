/** Cron expressions: read or refused, the next time they come due, and how a crond and systemd are told. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'

/** Each field as the set of its values, sorted; weekdays count from Sunday, 0 to 6. */
export interface Schedule {
  readonly text: string
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly number[]
  readonly months: readonly number[]
  readonly weekdays: readonly number[]
  /** Cron's rule: when both days and weekdays are given, either is enough. */
  readonly eitherDay: boolean
}

const shorthands: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** February has its leap day here: it comes, if rarely. */
const longestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Five fields, or @hourly and the like. */
export function parseSchedule(text: string): Schedule {
  const expression = shorthands[text.trim().toLowerCase()] ?? text
  const fields = expression.trim().split(/[ \t]+/)
  if (fields.length !== 5 || /[\n\r\0]/.test(text)) return fault(text, 'it has not five fields')
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const schedule: Schedule = {
    text: fields.join(' '),
    minutes: values(text, 'minute', minute, 0, 59),
    hours: values(text, 'hour', hour, 0, 23),
    days: values(text, 'day of month', day, 1, 31),
    months: values(text, 'month', month, 1, 12, monthNames, 1),
    weekdays: sorted(values(text, 'day of week', weekday, 0, 7, weekdayNames, 0).map(one => one % 7)),
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
  }
  const comes = schedule.months.some(one => (schedule.days[0] ?? 32) <= (longestMonth[one - 1] ?? 0))
  if (!comes && !schedule.eitherDay) fault(text, 'no month has that day')
  return schedule
}

/** The first time after `after`, in the time zone of this process; the clock's jumps are jumped with. */
export function nextTime(schedule: Schedule, after: Date): Date {
  const time = new Date(after.getTime())
  time.setSeconds(0, 0)
  time.setMinutes(time.getMinutes() + 1)
  // Leap days are eight years apart at most; each step goes at least a minute on, mostly a day.
  for (let step = 0; step < 200_000; step++) {
    if (!schedule.months.includes(time.getMonth() + 1) || !isDay(schedule, time)) {
      time.setDate(time.getDate() + 1)
      time.setHours(0, 0, 0, 0)
    } else if (!schedule.hours.includes(time.getHours())) time.setTime(startOfNextHour(time))
    else if (!schedule.minutes.includes(time.getMinutes())) time.setTime(time.getTime() + 60_000)
    else return time
  }
  return fault(schedule.text, 'it never comes')
}

/** systemd's calendar events; two of them where either day is enough. */
export function onCalendar(schedule: Schedule): readonly string[] {
  const list = (numbers: readonly number[], all: number) => (numbers.length === all ? '*' : numbers.join(','))
  const months = list(schedule.months, 12)
  const clock = `${list(schedule.hours, 24)}:${list(schedule.minutes, 60)}:00`
  const allWeek = schedule.weekdays.length === 7
  const names = schedule.weekdays.map(one => (weekdayNames[one] ?? '').replace(/^./, letter => letter.toUpperCase()))
  const week = allWeek ? '' : `${names.join(',')} `
  const days = list(schedule.days, 31)
  if (schedule.eitherDay) return [`*-${months}-${days} ${clock}`, `${week}*-${months}-* ${clock}`]
  return [`${week}*-${months}-${days} ${clock}`]
}

function isDay(schedule: Schedule, time: Date): boolean {
  const day = schedule.days.includes(time.getDate())
  const weekday = schedule.weekdays.includes(time.getDay())
  return schedule.eitherDay ? day || weekday : day && weekday
}

function startOfNextHour(time: Date): number {
  return time.getTime() + (60 - time.getMinutes()) * 60_000
}

/** One field: a list of `*`, `5`, `1-5`, each with `/step`; names of months and weekdays where they are known. */
function values(
  text: string,
  what: string,
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  firstName = 0,
): readonly number[] {
  const found: number[] = []
  for (const part of field.split(',')) {
    const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d{1,3}))?$/i.exec(part)
    if (!match) return fault(text, `${shown(part)} is not a ${what}`)
    const [, from = '', to, step] = match
    const value = (word: string) => {
      const name = names.indexOf(word.toLowerCase())
      const number = name >= 0 ? name + firstName : /^\d{1,3}$/.test(word) ? Number(word) : -1
      return number < least || number > most
        ? fault(text, `${shown(word)} is not a ${what} (${least} to ${most})`)
        : number
    }
    if (from === '*' && to !== undefined) return fault(text, `${shown(part)} is not a ${what}`)
    const first = from === '*' ? least : value(from)
    const last = from === '*' ? most : to !== undefined ? value(to) : step !== undefined ? most : first
    const stride = Number(step ?? 1)
    if (first > last || stride < 1) return fault(text, `${shown(part)} is not a ${what}`)
    for (let number = first; number <= last; number += stride) found.push(number)
  }
  return sorted(found)
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}

function fault(text: string, why: string): never {
  throw new CorpusError('SCHEDULE_INVALID', `${shown(text)} is not a schedule: ${why}.`)
}
