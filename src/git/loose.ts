/** Reads objects that a push has just brought, as git leaves them: loose, each a compressed file. Half a millisecond where a git would take three. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { type FileName, nameOf } from '../kernel/file-names.ts'
import { isMissing } from '../kernel/files.ts'

/** Larger ones are git's business. */
const largestBytes = 4 * 1024 * 1024

/**
 * The id of an entry at the top of a commit's tree; null where it has none, undefined where git must be asked (an object
 * is packed, large or damaged). `stores`: folders of objects, the quarantine of a push first.
 */
export function entryAtTop(stores: readonly string[], commit: string, name: string): string | null | undefined {
  const entries = looseTop(stores, commit)
  return entries && (entries.find(entry => entry.name === nameOf(name))?.id ?? null)
}

/** One entry of a tree, named as bytes are (`kernel/file-names.ts`). */
export interface TreeEntry {
  /** As git writes it: `100644`, `100755`, `120000` for a link, `40000` for a folder, `160000` for a submodule. */
  readonly mode: string
  readonly name: FileName
  readonly id: string
}

/** The entries at the top of a commit, or undefined where git must be asked. */
export function looseTop(stores: readonly string[], commit: string): readonly TreeEntry[] | undefined {
  try {
    const text = objectIn(stores, commit, 'commit')
    const tree = text && /^tree ([0-9a-f]+)\n/.exec(text.toString('latin1'))?.[1]
    return tree ? looseTree(stores, tree) : undefined
  } catch {
    return undefined
  }
}

/** The entries of a tree. */
export function looseTree(stores: readonly string[], tree: string): readonly TreeEntry[] | undefined {
  try {
    const bytes = objectIn(stores, tree, 'tree')
    return bytes && entriesIn(bytes, tree.length / 2)
  } catch {
    return undefined
  }
}

/** The bytes of a file. */
export function looseBlob(stores: readonly string[], id: string): Buffer | undefined {
  try {
    return objectIn(stores, id, 'blob')
  } catch {
    return undefined
  }
}

/** The first line of what a commit says of itself; undefined where git must be asked. */
export function subjectOf(stores: readonly string[], commit: string): string | undefined {
  try {
    const text = objectIn(stores, commit, 'commit')?.toString('utf8')
    return text
      ?.slice(text.indexOf('\n\n') + 2)
      .trimStart()
      .split('\n', 1)[0]
  } catch {
    return undefined
  }
}

/** A tree is a row of `MODE NAME\0` and the bytes of an id. */
function entriesIn(bytes: Buffer, idBytes: number): TreeEntry[] {
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length; ) {
    const nameAt = bytes.indexOf(0x20, at) + 1
    const nameEnd = bytes.indexOf(0, nameAt)
    if (nameAt === 0 || nameEnd < 0) throw new Error('This is no tree.')
    const mode = bytes.toString('latin1', at, nameAt - 1)
    at = nameEnd + 1 + idBytes
    entries.push({ mode, name: bytes.toString('latin1', nameAt, nameEnd), id: bytes.toString('hex', nameEnd + 1, at) })
  }
  return entries
}

function objectIn(stores: readonly string[], id: string, kind: 'commit' | 'tree' | 'blob'): Buffer | undefined {
  const key = `${kind} ${id} ${stores.at(-1)}`
  const known = atHand.get(key)
  if (known) return known
  const found = readIn(stores, id, kind)
  if (found && kind !== 'blob' && found.length <= largestAtHand) keepAtHand(key, found)
  return found
}

/** What the commit of a push and its folders say is asked for several times until it is deployed. A name is that of its content: none of it grows old. */
const atHand = new Map<string, Buffer>()
const mostAtHand = 12
const largestAtHand = 16 * 1024

function keepAtHand(key: string, bytes: Buffer): void {
  const [oldest] = atHand.size < mostAtHand ? [] : atHand.keys()
  if (oldest !== undefined) atHand.delete(oldest)
  // A copy: what was inflated has more room than it fills.
  atHand.set(key, Buffer.from(bytes))
}

function readIn(stores: readonly string[], id: string, kind: string): Buffer | undefined {
  for (const store of stores) {
    try {
      const bytes = inflateSync(readFileSync(join(store, id.slice(0, 2), id.slice(2))), {
        maxOutputLength: largestBytes,
      })
      const end = bytes.indexOf(0)
      return bytes.toString('latin1', 0, end).startsWith(`${kind} `) ? bytes.subarray(end + 1) : undefined
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  return undefined
}
