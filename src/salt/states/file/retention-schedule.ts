/** file.retention_schedule: keeps the first of each year, month, week, day or hour, and removes other backups. */

import { join } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { lstatSync, readdirSync, rmSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'

export const retentionSchedule = defineState({
  does: 'Removes backups of a folder but for the first of each year, month, week, day or hour, and the most recent.',
  arguments: {
    retain: {
      does: 'How many are kept: most_recent, first_of_hour, first_of_day, first_of_week, first_of_month, first_of_year; a number or all.',
      type: 'mapping',
      required: true,
    },
    strptime_format: { does: 'How names tell their time; default: the time of the file.', type: 'text' },
    timezone: { does: 'Accepted; times are local.', type: 'text' },
  },
  run: runRetention,
})

interface Backup {
  readonly name: string
  readonly time: Date
}

/** Backups of one bucket count as one: the first of them is kept. */
const buckets: Readonly<Record<string, (time: Date) => string>> = {
  first_of_year: time => String(time.getFullYear()),
  first_of_month: time => `${time.getFullYear()}-${time.getMonth()}`,
  first_of_week: time => String(weekOf(time)),
  first_of_day: time => `${time.getFullYear()}-${time.getMonth()}-${time.getDate()}`,
  first_of_hour: time => `${time.getFullYear()}-${time.getMonth()}-${time.getDate()}-${time.getHours()}`,
  most_recent: time => String(time.getTime()),
}

function runRetention(call: StateCall): StateReturn {
  const { args, name, test } = call
  if (!statsOf(name)?.isDirectory()) return failed(`Name provided to file.retention must be a directory`)
  const names = readdirSync(name)
  const format = args.textOrNone('strptime_format')
  const backups = names
    .map(file => ({ name: file, time: format ? timeIn(file, format) : lstatSync(join(name, file)).mtime }))
    .filter((backup): backup is Backup => backup.time !== null)
  const kept = new Set<string>()
  for (const [rule, count] of args.mapping('retain')) {
    const bucket = Object.hasOwn(buckets, textOf(rule)) ? buckets[textOf(rule)] : undefined
    if (!bucket)
      return failed(`'${textOf(rule)}' is no rule of retention; there are ${Object.keys(buckets).join(', ')}`)
    const most = count === 'all' ? Number.POSITIVE_INFINITY : Number(textOf(count))
    for (const backup of firsts(backups, bucket).slice(0, most)) kept.add(backup.name)
  }
  const order = (list: Iterable<string>) => [...list].sort().reverse()
  const known = new Set(backups.map(backup => backup.name))
  const deleted = order([...known].filter(file => !kept.has(file)))
  const changes = { retained: order(kept), deleted, ignored: order(names.filter(file => !known.has(file))) }
  if (test) {
    const comment = `${deleted.length} backups would have been removed from ${name}.\n`
    return deleted.length ? wouldChange(comment, changes) : succeeded(comment, changes)
  }
  for (const file of deleted) rmSync(join(name, file), { recursive: true, force: true })
  return succeeded(`${deleted.length} backups were removed from ${name}.\n`, changes)
}

/** The first backup of each bucket, the newest bucket first. */
function firsts(backups: readonly Backup[], bucket: (time: Date) => string): Backup[] {
  const first = new Map<string, Backup>()
  for (const backup of backups) {
    const before = first.get(bucket(backup.time))
    if (!before || backup.time < before.time) first.set(bucket(backup.time), backup)
  }
  return [...first.values()].sort((a, b) => b.time.getTime() - a.time.getTime())
}

/** Weeks begin on Monday; counted from the epoch, so that none is cut by a new year. */
function weekOf(time: Date): number {
  const day = Math.floor(Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) / 86_400_000)
  return Math.floor((day + 3) / 7)
}

const letters: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
}

function timeIn(name: string, format: string): Date | null {
  const source = format.replace(/%(.)|[.*+?^${}()|[\]\\]/g, (whole, letter: string | undefined) =>
    letter === undefined ? `\\${whole}` : (letters[letter] ?? letter),
  )
  const found = new RegExp(`^${source}$`).exec(name)?.groups
  if (!found) return null
  const part = (letter: string, otherwise: number) => Number(found[letter] ?? otherwise)
  const time = new Date(part('Y', 1900), part('m', 1) - 1, part('d', 1), part('H', 0), part('M', 0), part('S', 0))
  return time.getMonth() === part('m', 1) - 1 ? time : null
}
