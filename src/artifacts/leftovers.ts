/** What work that was killed left beside a folder. */
import { mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { localShell } from '../shell/local.ts'
import { program } from '../shell/programs.ts'

/**
 * Removes `.NAME.<12 hexadecimal digits>.new` and `.old` beside the folder, and makes its parent where there is none. A
 * child of what was killed may still be writing: what resists is left to the next time, for nothing depends on it.
 */
export function removeLeftovers(folder: string): void {
  const parent = dirname(folder)
  mkdirSync(parent, { recursive: true })
  const start = `.${basename(folder)}.`
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(start) || !/^[0-9a-f]{12}\.(new|old)$/.test(name.slice(start.length))) continue
    // rm(1) goes by opened folders: what was killed may have left a folder to somebody else.
    localShell.runSync({ argv: [program('rm'), '-rf', '--', name], cwd: parent, env: {} })
  }
}
