/** The mark of a release whose archive is not there yet: it is being made behind the verdict, or that failed. */

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openAnywhere } from '../kernel/beneath.ts'
import { writeWhole } from '../kernel/files.ts'
import { processStat } from '../kernel/process-stat.ts'

export const bundlingMark = '.bundling'

export type Bundling = { readonly state: 'bundling' } | { readonly state: 'failed'; readonly why: string }

/** From here on the release's folder says that its archive is on its way, as long as this process lives. */
export function beginBundling(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  mark(folder, { pid: process.pid, since: startOf(process.pid) })
}

export const failBundling = (folder: string, why: string): void => mark(folder, { why })

export const endBundling = (folder: string): void => rmSync(join(folder, bundlingMark), { force: true })

/** Undefined where nothing is on its way, and nothing failed. What a killed process was making failed. */
export function bundlingOf(folder: string): Bundling | undefined {
  const text = markIn(folder)
  if (text === undefined) return undefined
  const { pid, since, why } = parsed(text)
  if (pid !== undefined && since !== undefined && startOf(pid) === since) return { state: 'bundling' }
  return { state: 'failed', why: why ?? 'what made it was killed' }
}

interface Mark {
  readonly pid?: number
  readonly since?: string | undefined
  readonly why?: string
}

function mark(folder: string, content: Mark): void {
  writeWhole(join(folder, bundlingMark), `${JSON.stringify(content)}\n`, { mode: 0o640 })
}

function parsed(text: string): Mark {
  try {
    return JSON.parse(text) as Mark
  } catch {
    return {}
  }
}

/** The folder may be another's: only what root or whoever runs this put there counts. */
function markIn(folder: string): string | undefined {
  const open = openAnywhere(join(folder, bundlingMark))
  if (open === undefined) return undefined
  try {
    return open.isOurs && open.entry.isFile() ? readFileSync(open.fd, 'utf8') : undefined
  } finally {
    open.close()
  }
}

/** When a process was started: another may have its number by now. */
const startOf = (pid: number): string | undefined => processStat(pid)?.startedTicks
