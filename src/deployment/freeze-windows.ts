/** Times in which nothing is deployed: between two dates, or from one time of the week to another. */
import { Cron } from 'croner'
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'

export interface FreezeWindow {
  readonly from: string
  readonly to: string
  readonly because: string
  isOpen(now: Date): boolean
}

/** Of the setting `freeze`. Throws GATES_INVALID. */
export function freezeWindows(setting: Value): FreezeWindow[] {
  return Array.isArray(setting) ? setting.map(windowOf) : []
}

function windowOf(item: Value): FreezeWindow {
  const said = (key: string): string => {
    const value = item instanceof Dict ? item.get(key) : undefined
    return value === undefined || value === null ? '' : String(value).trim()
  }
  const [from, to, because, zone] = [said('from'), said('to'), said('because'), said('timezone')]
  const isOpen = byDates(from, to) ?? byClock(from, to, zone)
  if (isOpen === undefined)
    throw new CorpusError('GATES_INVALID', `freeze: ${JSON.stringify(from)} to ${JSON.stringify(to)} is no time.`, {
      detail: 'from and to are both dates (2026-12-24, "2026-12-24 18:00"), or both five words of cron ("0 17 * * 5").',
    })
  return { from, to, because, isOpen }
}

/** A date alone is the whole of that day. */
function byDates(from: string, to: string): FreezeWindow['isOpen'] | undefined {
  const [begin, end] = [dateOf(from, '00:00:00'), dateOf(to, '23:59:59.999')]
  if (begin === undefined || end === undefined || end < begin) return undefined
  return now => begin <= now.getTime() && now.getTime() <= end
}

/** Without a zone it is the machine's own time. */
function dateOf(text: string, hour: string): number | undefined {
  const [, day, time, zone = ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)? ?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? []
  const at = Date.parse(`${day}T${time ?? hour}${zone}`)
  return day === undefined || Number.isNaN(at) ? undefined : at
}

/** It is open where it was opened later than it was closed. */
function byClock(from: string, to: string, timezone: string): FreezeWindow['isOpen'] | undefined {
  const expressions = [from, to].map(text => cronOf(text, timezone))
  const [begin, end] = expressions
  if (!begin || !end) return undefined
  const last = (expression: Cron, now: Date) =>
    expression.previousRuns(1, now)[0]?.getTime() ?? Number.NEGATIVE_INFINITY
  // The moment itself counts: previous runs are those before it.
  return now => {
    const behind = new Date(now.getTime() + 1000)
    return last(begin, behind) > last(end, behind)
  }
}

function cronOf(text: string, timezone: string): Cron | undefined {
  if (text.split(/\s+/).length !== 5) return undefined
  try {
    const expression = new Cron(text, timezone === '' ? {} : { timezone })
    // A zone that there is not is found out when it is asked.
    expression.nextRun()
    return expression
  } catch {
    return undefined
  }
}
