/** systemd's journal as the log of instances: the commands that ask it, and what they print. */
import { type Program, program } from '../../shell/programs.ts'
import type { JournalEntry, JournalOptions } from '../driver.ts'
import { type InstanceName, instanceName } from '../instance.ts'
import type { Scope } from './manager.ts'
import { instanceOfUnit, unitName } from './unit.ts'

type Argv = readonly [Program, ...string[]]

/** What a process itself said has its unit here; `--unit` would add what systemd says about it. */
const field = (scope: Scope) => (scope === 'user' ? '_SYSTEMD_USER_UNIT' : '_SYSTEMD_UNIT')
const journalctl = (scope: Scope, ...words: string[]): Argv => [
  program('journalctl'),
  ...(scope === 'user' ? ['--user'] : []),
  '--no-pager',
  '--quiet',
  ...words,
]

/** Prints the units that the journal has lines of, those that are gone too. */
export const namesCommand = (scope: Scope): Argv => journalctl(scope, `--field=${field(scope)}`)

/** Of the names of units, one a line, those that are ours. */
export function namesIn(printed: string): readonly InstanceName[] {
  return printed.split('\n').flatMap(unit => instanceIn(unit) ?? [])
}

/** Several matches of one field are alternatives. `--all`: without it a line longer than 4096 bytes is left out. */
export function linesCommand(scope: Scope, names: readonly InstanceName[], options: JournalOptions): Argv {
  return journalctl(
    scope,
    '--all',
    '--output=json',
    `--output-fields=MESSAGE,${field(scope)}`,
    `--lines=${options.lines}`,
    ...(options.follow ? ['--follow'] : []),
    ...names.map(name => `${field(scope)}=${unitName(name)}`),
  )
}

/** Reads a line of JSON; null when it is none of an instance. */
export function entryIn(scope: Scope, printed: string): JournalEntry | null {
  let entry: Readonly<Record<string, unknown>>
  try {
    entry = JSON.parse(printed)
  } catch {
    return null
  }
  const name = instanceIn(String(entry[field(scope)]))
  const time = timeOf(Number(entry['__REALTIME_TIMESTAMP']))
  return name === null || time === null ? null : { name, time, text: message(entry['MESSAGE']) }
}

/** Microseconds since 1970 as UTC with six decimals. */
function timeOf(microseconds: number): string | null {
  if (!Number.isSafeInteger(microseconds)) return null
  const seconds = new Date(Math.floor(microseconds / 1e6) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(microseconds % 1e6).padStart(6, '0')}`
}

/** A list of bytes where the text holds what JSON or a terminal would not take: colours, for one. */
function message(value: unknown): string {
  return Array.isArray(value) ? Buffer.from(value).toString('utf8') : typeof value === 'string' ? value : ''
}

function instanceIn(unit: string): InstanceName | null {
  const name = instanceOfUnit(unit)
  try {
    return name === null ? null : instanceName(name)
  } catch {
    return null
  }
}
