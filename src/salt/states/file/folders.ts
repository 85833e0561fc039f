/** Makes the folders above a file. */

import { dirname, normalize } from 'node:path'
import type { Shell } from '../../../shell/shell.ts'
import { mkdirSync } from '../../system/files.ts'
import { applyOwnership, type Ownership, statsOf } from './attributes.ts'

/** Makes what is missing above `path`, each with the given owner and mode. */
export function makeParents(shell: Shell, path: string, ownership: Ownership): void {
  makeFolders(shell, normalize(dirname(path)), ownership)
}

/** Makes the folder and what is missing above it; those that are there stay as they are. */
export function makeFolders(shell: Shell, path: string, ownership: Ownership): void {
  const missing: string[] = []
  for (let folder = path; !statsOf(folder)?.isDirectory(); folder = dirname(folder)) {
    if (statsOf(folder)) throw new Error(`The path '${folder}' already exists and is not a directory`)
    missing.push(folder)
    if (folder === dirname(folder)) break
  }
  for (const folder of missing.reverse()) {
    mkdirSync(folder)
    applyOwnership(shell, folder, ownership, { test: false })
  }
}

/** The mode of a folder that holds files of `mode`: who may read may also enter. */
export function folderMode(mode: string | null): string | null {
  if (mode === null) return null
  const digits = mode.slice(-3).replace(/[1-7]/g, digit => String(Number(digit) | 1))
  return digits.padStart(4, '0')
}
