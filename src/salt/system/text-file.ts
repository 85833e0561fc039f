/** Rewrites a small file of the system through one beside it, keeping its mode and owner: never half a file. */

import { dirname } from 'node:path'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from './files.ts'

/** '' where there is no such file. */
export function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

export function writeText(path: string, text: string): void {
  const before = statSync(path, { throwIfNoEntry: false })
  mkdirSync(dirname(path), { recursive: true })
  const next = `${path}.new-${process.pid}`
  writeFileSync(next, text, { mode: before ? before.mode & 0o7777 : 0o644 })
  if (before) chownSync(next, before.uid, before.gid)
  renameSync(next, path)
}
