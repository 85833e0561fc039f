/** Where a symbolic link of a tree leads, worked out from names alone, before any of it is on the disk. */

/**
 * Follows `path` (relative to the root of the tree) through the tree's own links, `links` being link to target. Answers the
 * place inside the tree, an absolute path when it leaves by one, or undefined when it climbs out or goes round for ever.
 */
export function placeOf(path: string, links: ReadonlyMap<string, string>): string | undefined {
  const place: string[] = []
  const open = components(path).reverse()
  let followed = 0
  while (open.length > 0) {
    const name = open.pop() as string
    if (name === '..') {
      if (place.pop() === undefined) return undefined
      continue
    }
    place.push(name)
    const target = links.get(place.join('/'))
    if (target === undefined) continue
    if (++followed > 40) return undefined
    if (target.startsWith('/')) return [target.replace(/\/+$/, ''), ...open.reverse()].join('/')
    place.pop()
    open.push(...components(target).reverse())
  }
  return place.join('/')
}

/** Whether a place that `placeOf` answered is inside the tree, or below one of the folders that links may point into. */
export function mayPointTo(place: string | undefined, allowed: readonly string[]): boolean {
  if (place === undefined) return false
  if (!place.startsWith('/')) return true
  if (place.split('/').includes('..')) return false
  return allowed.some(folder => place === folder || place.startsWith(`${folder.replace(/\/+$/, '')}/`))
}

/** The parts of a path that mean something. */
export function components(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}
