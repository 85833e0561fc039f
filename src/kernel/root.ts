/** One name for the root, however somebody writes it: what compares paths, and what the kernel says of processes, go by it. */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'

/** The machine's own root keeps its name: nginx, cron and keys know it by that. */
const usual = '/srv'

/** Links on the way are followed, of the part that is there. An absolute path. */
export function realRoot(path: string): string {
  const real = realOf(resolve(path))
  return real === realOf(usual) ? usual : real
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = resolve(path, '..')
    return parent === path ? path : resolve(realOf(parent), path.slice(parent.length).replace(/^\/+/, ''))
  }
}
