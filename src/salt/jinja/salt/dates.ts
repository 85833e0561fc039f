/** Salt's filters over dates: strftime. */
import { valueError } from '../../python/error.ts'
import { asNumber } from '../../python/integer.ts'
import { str } from '../../python/repr.ts'
import type { Value } from '../../python/value.ts'
import { defineFilter } from '../define.ts'

export const dateFilters = [
  defineFilter({
    name: 'strftime',
    aliases: ['date_format'],
    does: 'A date (seconds since 1970, a text, or None for now) in a format such as %Y-%m-%d.',
    takes: { format: '%Y-%m-%d' },
    run: (value, _, format) => formatDate(dateOf(value), str(format)),
  }),
]

function dateOf(value: Value): Date {
  if (value === null) return new Date()
  const number = asNumber(value) ?? (/^\d+(?:\.\d+)?$/.test(str(value)) ? Number(str(value)) : undefined)
  const date = number === undefined ? new Date(readable(str(value))) : new Date(number * 1000)
  if (Number.isNaN(date.getTime())) throw valueError(`Unable to parse ${str(value)}`)
  return date
}

/** A day without a time is that day's midnight here, not in Greenwich. */
function readable(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00`
  return text.replace(/^(\d{4})\/(\d{2})\/(\d{2})/, '$1-$2-$3')
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAY = 86_400_000

function formatDate(date: Date, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole, bare: string, letter: string) => {
    const text = field(date, letter)
    if (text === undefined) return whole
    return bare ? text.replace(/^0+(?=\d)/, '') : text
  })
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

function field(date: Date, letter: string): string | undefined {
  const hour = date.getHours()
  switch (letter) {
    case 'Y':
      return String(date.getFullYear()).padStart(4, '0')
    case 'y':
      return two(date.getFullYear() % 100)
    case 'C':
      return two(Math.floor(date.getFullYear() / 100))
    case 'm':
      return two(date.getMonth() + 1)
    case 'd':
      return two(date.getDate())
    case 'e':
      return String(date.getDate()).padStart(2, ' ')
    case 'H':
      return two(hour)
    case 'I':
      return two(hour % 12 || 12)
    case 'M':
      return two(date.getMinutes())
    case 'S':
      return two(date.getSeconds())
    case 'f':
      return `${String(date.getMilliseconds()).padStart(3, '0')}000`
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'a':
      return DAYS[date.getDay()]?.slice(0, 3)
    case 'A':
      return DAYS[date.getDay()]
    case 'b':
    case 'h':
      return MONTHS[date.getMonth()]?.slice(0, 3)
    case 'B':
      return MONTHS[date.getMonth()]
    case 'w':
      return String(date.getDay())
    case 'u':
      return String(date.getDay() || 7)
    case 'j':
      return String(dayOfYear(date) + 1).padStart(3, '0')
    case 'U':
      return two(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7))
    case 'W':
      return two(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7))
    case 's':
      return String(Math.floor(date.getTime() / 1000))
    case 'z':
    case 'Z':
      return ''
    case 'F':
      return formatDate(date, '%Y-%m-%d')
    case 'T':
    case 'X':
      return formatDate(date, '%H:%M:%S')
    case 'R':
      return formatDate(date, '%H:%M')
    case 'D':
    case 'x':
      return formatDate(date, '%m/%d/%y')
    case 'c':
      return formatDate(date, '%a %b %e %H:%M:%S %Y')
    case 'n':
      return '\n'
    case 't':
      return '\t'
    case '%':
      return '%'
    default:
      return undefined
  }
}

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight - Date.UTC(date.getFullYear(), 0, 1)) / DAY)
}
