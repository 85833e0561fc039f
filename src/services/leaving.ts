/**
 * Instances that are to go once nobody is connected to them any more: written down beside each, so that whoever comes next knows,
 * and decided by renames, so that of two that come at once one has its way.
 *
 *     serves ──leave──▶ leaving.<until>.<who> ──begin──▶ down ──▶ stopped
 *        ▲                    │    ▲
 *        └─────── stay ───────┘    └─ leave: another takes it over, with its own limit
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Leaving {
  /** The name of the file that says so. */
  readonly mark: string
  /** Connections end then, whoever has them. Milliseconds since 1970. */
  readonly until: number
}

/** null for an instance that is to stay. `folder` is where it is written down. */
export function leavingOf(folder: string): Leaving | null {
  const mark = entries(folder).find(name => name.startsWith('leaving.'))
  return mark === undefined ? null : { mark, until: Number(mark.split('.')[1]) }
}

/** It is to go, by the hand of who calls; null where it is gone or going already. A limit of before that ends earlier stays. */
export function leave(folder: string, until: number): Leaving | null {
  const before = leavingOf(folder)
  const limit = Math.floor(Math.min(until, before?.until ?? until))
  const mark = `leaving.${limit}.${randomBytes(4).toString('hex')}`
  try {
    if (before) renameSync(join(folder, before.mark), join(folder, mark))
    else writeFileSync(join(folder, mark), '', { flag: 'wx' })
    return { mark, until: limit }
  } catch {
    return null
  }
}

/** It is to stay after all. False where it is gone or going already. */
export function stay(folder: string): boolean {
  const before = leavingOf(folder)
  if (before === null) return true
  try {
    unlinkSync(join(folder, before.mark))
    return true
  } catch {
    return false
  }
}

/** It goes now: nobody starts it again. False where another decided otherwise meanwhile. */
export function begin(folder: string, leaving: Leaving): boolean {
  try {
    renameSync(join(folder, leaving.mark), join(folder, 'down'))
    return true
  } catch {
    return false
  }
}

/** Whoever waits for the end of its connections would have ended it by now: that one is dead. */
const lateMilliseconds = 15_000

export const isLate = (leaving: Leaving | null | undefined): boolean =>
  leaving != null && Date.now() > leaving.until + lateMilliseconds

/** Whether a project has one that is late, below a folder with one folder an instance. Reads names alone: every command asks. */
export const hasLate = (instances: string, project: string): boolean =>
  entries(instances).some(name => name.startsWith(`${project}.`) && isLate(leavingOf(join(instances, name))))

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
