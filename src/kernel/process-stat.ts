/** What the kernel says of a process in /proc/PID/stat. */
import { readFileSync } from 'node:fs'

export interface ProcessStat {
  /** `Z` and `X` have ended, and wait for their parent to ask. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** 0 where it has no terminal. */
  readonly terminal: number
  /** In ticks since the machine was started: tells two processes apart that had the same id. */
  readonly startedTicks: string
}

/** Null when there is no such process, or none that we may look at. */
export function processStat(pid: number | string): ProcessStat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  // The second field is the program's name in brackets, which may itself hold brackets and spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = 'X', parent, group, session, terminal] = fields
  return {
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    terminal: Number(terminal),
    startedTicks: fields[19] ?? '',
  }
}
