/** Links of what root runs or believes: none leads to where an account of this machine may write. */
import { lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { openAnywhere } from '../kernel/beneath.ts'
import { shown } from '../kernel/names.ts'
import { isRoot } from '../shell/account.ts'

/**
 * A sentence about a link in a folder, or in one of the same checkout that its links lead to, that may come to lead to what another
 * account writes; null where there is none, and for an ordinary user, whose own all of it is. `top`: the checkout, which nobody
 * else reaches; `folder`: below it.
 */
export function linkLeadingOut(top: string, folder: string): string | null {
  if (!isRoot()) return null
  const place = { top, within: realpathSync(top), seen: new Set<string>() }
  return lookThrough(place, join(top, folder))
}

interface Place {
  readonly top: string
  readonly within: string
  readonly seen: Set<string>
}

function lookThrough(place: Place, folder: string): string | null {
  const real = realpathSync(folder)
  if (place.seen.has(real)) return null
  place.seen.add(real)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const why = entry.isDirectory() ? lookThrough(place, path) : entry.isSymbolicLink() ? lookAt(place, path) : null
    if (why !== null) return why
  }
  return null
}

function lookAt(place: Place, link: string): string | null {
  const target = readlinkSync(link)
  const real = realOf(link)
  if (real !== null && isWithin(place.within, real))
    return lstatSync(real).isDirectory() ? lookThrough(place, link) : null
  // Not everything of a commit need be checked out.
  if (real === null && isWithin(place.top, resolve(dirname(link), target))) return null
  if (real === null ? isOurs(nearest(resolve(dirname(link), target))) : isOurs(link)) return null
  return `${shown(relative(place.top, link))} is a link to ${shown(target)}, where an account of this machine may write: root takes nothing from there. Commit the file itself, or a link to another file of the same commit`
}

const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** Null for a link that leads nowhere. */
function realOf(link: string): string | null {
  try {
    return realpathSync(link)
  } catch {
    return null
  }
}

/** Of the folders above what is not there, the first that is. */
function nearest(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false }) && realOf(path) !== null ? path : nearest(dirname(path))
}

function isOurs(path: string): boolean {
  const open = openAnywhere(path)
  open?.close()
  return open?.isOurs === true
}
