/** What differs between two commits, read from their trees where those lie loose: a process less while somebody waits. */
import { looseTop, looseTree, type TreeEntry } from './loose.ts'
import type { Change } from './tree.ts'

const folder = '40000'
const submodule = '160000'
/** From here on git is as fast. */
const mostChanges = 2000
const mostFolders = 500
const deepest = 100

/** As `git diff-tree -r --no-renames` would say it, in any order; undefined where git must be asked. */
export function looseChanges(stores: readonly string[], from: string, to: string): readonly Change[] | undefined {
  const [before, after] = [looseTop(stores, from), looseTop(stores, to)]
  const found: Found = { changes: [], folders: 0 }
  return before && after && compare(stores, { before, after }, [], found) ? found.changes : undefined
}

interface Found {
  readonly changes: Change[]
  folders: number
}

interface Sides {
  readonly before: readonly TreeEntry[]
  readonly after: readonly TreeEntry[]
}

/** False where git must be asked. `way`: the names of the folders above. */
function compare(stores: readonly string[], { before, after }: Sides, way: readonly string[], found: Found): boolean {
  if (way.length > deepest || ++found.folders > mostFolders) return false
  const [old, now] = [byName(before), byName(after)]
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [one, other] = [old.get(name), now.get(name)]
    if (one && other && one.id === other.id && one.mode === other.mode) continue
    if (isOdd(name) || found.changes.length >= mostChanges) return false
    const below = { before: entriesBelow(stores, one), after: entriesBelow(stores, other) }
    if (!below.before || !below.after) return false
    const here = [...way, name]
    if (
      (isFolder(one) || isFolder(other)) &&
      !compare(stores, { before: below.before, after: below.after }, here, found)
    )
      return false
    const [file, newFile] = [isFolder(one) ? undefined : one, isFolder(other) ? undefined : other]
    if (file || newFile)
      found.changes.push({
        name: here.join('/'),
        kind: file && newFile ? 'changed' : file ? 'removed' : 'added',
        submodule: file?.mode === submodule || newFile?.mode === submodule,
      })
  }
  return true
}

const byName = (entries: readonly TreeEntry[]) => new Map(entries.map(entry => [entry.name, entry]))

const isFolder = (entry: TreeEntry | undefined): boolean => entry?.mode === folder

/** None below what is no folder. */
const entriesBelow = (stores: readonly string[], entry: TreeEntry | undefined): readonly TreeEntry[] | undefined =>
  entry && isFolder(entry) ? looseTree(stores, entry.id) : []

/** Names that git never puts into a tree by itself: what it makes of them, it says. */
const isOdd = (name: string): boolean => name === '' || name.includes('/') || /^\.(?:\.?|git)$/i.test(name)
