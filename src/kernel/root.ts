/** One name for the root, however somebody writes it: what compares paths, and what the kernel says of processes, go by it. */
import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isOurPlace, openAnywhere } from './beneath.ts'

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

/**
 * Whose a root is that root may not work in: all that root does there goes by paths that this account can lead elsewhere. Null where
 * root alone can change what is there, and for everybody else. Of a root that is not made yet, the folder counts in which it will be.
 */
export function otherOwner(root: string): number | null {
  if (process.getuid?.() !== 0) return null
  for (let at = root; ; at = dirname(at)) {
    const open = openAnywhere(at)
    if (open === undefined) {
      if (at === '/') return null
      continue
    }
    open.close()
    // What root makes in a folder like /tmp stays root's.
    const isSticky = at !== root && open.entry.uid === 0 && (open.entry.mode & 0o1000) !== 0
    return open.isOurs || (isSticky && isOurPlace(dirname(at))) ? null : ownerOnTheWay(at)
  }
}

/** The first on the way who is not root; root where only a mode lets others in. */
function ownerOnTheWay(path: string): number {
  const above = dirname(path) === path ? 0 : ownerOnTheWay(dirname(path))
  if (above !== 0) return above
  const open = openAnywhere(path)
  open?.close()
  return open?.entry.uid ?? 0
}
