/** What runs on this machine, other than this test's too. */
import { readdirSync, readFileSync } from 'node:fs'

/** The words of each process's command, by its id. One that ends meanwhile is left out. */
export function commandLines(): Map<number, readonly string[]> {
  const found = new Map<number, readonly string[]>()
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      found.set(Number(pid), readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'))
    } catch {
      // It has ended.
    }
  }
  return found
}
