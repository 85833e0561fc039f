/** What an application's processes said: the last lines of all of them in order of time, or each line as it comes. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectName } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import type { Driver, JournalEntry } from './driver.ts'
import { type InstanceName, instanceName } from './instance.ts'
import { followJournal, journalEntries, journalNames } from './journal.ts'
import { followFolder, lastOfFolder } from './log-folder.ts'
import { type Place, projectLogFolder } from './place.ts'
import { pause } from './waiting.ts'

export interface LogLine {
  readonly instance: InstanceName
  /** `web.1`. */
  readonly process: string
  readonly release: string
  /** UTC, `2026-11-21T10:55:35.67889`; '' where the log has none. */
  readonly time: string
  readonly text: string
}

export interface LogTools {
  readonly place: Place
  readonly driver: Driver
  readonly shell: Shell
}

export interface LogOptions {
  /** Only this process type (`web`) or this one process (`web.1`). */
  readonly process?: string
  readonly lines?: number
}

const usualLines = 100
/** So many logs of processes that are gone are kept for each process type and number. */
const keptLogs = 5

/** The last lines of a project's processes, those of processes that are gone too, oldest first. */
export async function recentLines(
  tools: LogTools,
  project: ProjectName,
  options: LogOptions = {},
): Promise<readonly LogLine[]> {
  const count = options.lines ?? usualLines
  const { journal } = tools.driver.can
  if (journal) {
    const names = await journalNames(tools, journal, project, name => isAsked(name, options))
    return (await journalEntries(tools.shell, journal, names, count)).map(lineOf)
  }
  const all = logNames(tools.place, project)
    .filter(name => isAsked(name, options))
    .flatMap(name =>
      lastOfFolder(join(projectLogFolder(tools.place, project), name), count).map(raw => logLine(name, raw)),
    )
  // Sorting is stable: lines of one process with the same time stay in their order.
  return all.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).slice(-count)
}

/** Calls `onLine` for each line that comes from now on, those of processes that come later too, until the signal. None is missed. */
export async function followLines(
  tools: LogTools,
  project: ProjectName,
  onLine: (line: LogLine) => void,
  signal: AbortSignal,
  options: LogOptions = {},
): Promise<void> {
  const { journal } = tools.driver.can
  const asked = (name: InstanceName) => isAsked(name, options)
  if (journal) return followJournal(tools, journal, project, asked, entry => onLine(lineOf(entry)), signal)
  const follows = new Map<string, Promise<void>>()
  for (let first = true; !signal.aborted; first = false) {
    for (const name of logNames(tools.place, project)) {
      if (follows.has(name) || !asked(name)) continue
      const folder = join(projectLogFolder(tools.place, project), name)
      follows.set(
        name,
        followFolder(folder, raw => onLine(logLine(name, raw)), { fromStart: !first, signal }),
      )
    }
    await pause(100)
  }
  await Promise.all(follows.values())
}

/** The last lines of one instance. */
export async function lastLines(
  driver: Driver,
  shell: Shell,
  name: InstanceName,
  count: number,
): Promise<readonly LogLine[]> {
  const { journal, logFolder } = driver.can
  if (journal) return (await journalEntries(shell, journal, [name], count)).map(lineOf)
  return logFolder ? lastOfFolder(logFolder(name), count).map(raw => logLine(name, raw)) : []
}

/** Removes logs of processes that are gone, but for the last few of each. */
export function pruneLogs(place: Place, project: ProjectName, alive: ReadonlySet<string>, keep = keptLogs): void {
  const folder = projectLogFolder(place, project)
  const gone = new Map<string, { readonly name: string; readonly changed: number }[]>()
  for (const name of logNames(place, project)) {
    if (alive.has(name)) continue
    const changed = changeTime(join(folder, name))
    gone.set(processOf(name), [...(gone.get(processOf(name)) ?? []), { name, changed }])
  }
  for (const logs of gone.values())
    for (const { name } of logs.sort((a, b) => b.changed - a.changed).slice(keep))
      rmSync(join(folder, name), { recursive: true, force: true })
}

function logNames(place: Place, project: ProjectName): readonly InstanceName[] {
  let names: readonly string[]
  try {
    names = readdirSync(projectLogFolder(place, project))
  } catch {
    return []
  }
  return names.flatMap(name => {
    try {
      return instanceName(name)
    } catch {
      return []
    }
  })
}

const part = (name: string, from: number, to?: number) => name.split('.').slice(from, to).join('.')
const processOf = (name: string) => part(name, 2, 4)

function isAsked(name: InstanceName, options: LogOptions): boolean {
  return options.process === undefined || options.process === processOf(name) || options.process === part(name, 2, 3)
}

function logLine(instance: InstanceName, raw: string): LogLine {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+) /.exec(raw)
  const time = match?.[1] ?? ''
  const text = match ? raw.slice(match[0].length) : raw
  return { instance, process: processOf(instance), release: part(instance, 1, 2), time, text }
}

function changeTime(folder: string): number {
  try {
    return statSync(join(folder, 'current')).mtimeMs
  } catch {
    return 0
  }
}

function lineOf({ name, time, text }: JournalEntry): LogLine {
  return { instance: name, process: processOf(name), release: part(name, 1, 2), time, text }
}
