/** A mark of what stands at a path: as long as it is the same, so is the content. */
import { lstatSync } from 'node:fs'
import { isMissing } from './files.ts'

/** The kernel's clock for files goes in steps; within one, a second change leaves no trace. */
const stepMilliseconds = 50n

/** `none` where nothing is; empty where it changed just now, which proves nothing. Looked at before what it is the mark of is read. */
export function entryMark(path: string): string {
  try {
    const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (entry === undefined) return 'none'
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = entry
    // A clock that was set back leaves files of the future, which prove nothing either.
    if (ctimeMs + stepMilliseconds > BigInt(Date.now())) return ''
    return [dev, ino, size, mtimeNs, ctimeNs].map(part => part.toString(36)).join('.')
  } catch (error) {
    if (isMissing(error)) return 'none'
    throw error
  }
}
