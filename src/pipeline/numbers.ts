/** The book of a project's deployments: their order, which no clock can turn round, and the short names of its releases. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { shortRelease } from '../kernel/release.ts'
import type { DeploymentRecord } from './history.ts'

interface Book {
  /** How many deployments were begun. */
  readonly deployments: number
  /** How many of them were to make a release: `v12` is the twelfth. */
  readonly releases: number
  /** What served one after the other, the newest last. */
  readonly ran: readonly ReleaseId[]
}

/** More than can be gone back to. */
const ranKept = 100

/** A damaged book begins anew, behind what the records have: it is a help to people, and no reason to fail. */
function readBook(layout: ProjectLayout): Book {
  const nothing = { deployments: 0, releases: 0, ran: [] }
  try {
    return { ...nothing, ...jsonIfThere<Partial<Book>>(layout.book) }
  } catch {
    return nothing
  }
}

function writeBook(layout: ProjectLayout, book: Book): void {
  try {
    mkdirSync(dirname(layout.book), { recursive: true, mode: 0o700 })
    writeWhole(layout.book, JSON.stringify(book), { mode: 0o600 })
  } catch {
    // The disk is full: the records of what runs have the same once more.
  }
}

/** The place of a deployment among all, and among the releases where it is to make one. The caller holds the project's lock. */
export function enterBook(
  layout: ProjectLayout,
  { isRelease, previous }: { readonly isRelease: boolean; readonly previous: DeploymentRecord | null },
): { readonly sequence: number; readonly number: number | null } {
  const book = readBook(layout)
  const deployments = Math.max(book.deployments, previous?.sequence ?? 0) + 1
  const releases = Math.max(book.releases, previous?.number ?? 0) + (isRelease ? 1 : 0)
  writeBook(layout, { ...book, deployments, releases })
  return { sequence: deployments, number: isRelease ? releases : null }
}

/** Written before a release becomes the current one: what of it never did is no release that can be gone back to. */
export function rememberRan(layout: ProjectLayout, release: ReleaseId, previous: ReleaseId | null): void {
  const book = readBook(layout)
  const last = book.ran.at(-1)
  const ran = [...book.ran, ...(previous !== null && previous !== last ? [previous] : []), release]
  if (last !== release) writeBook(layout, { ...book, ran: ran.slice(-ranKept) })
}

/** What served, the newest first, each once. */
export function ranBefore(layout: ProjectLayout): ReleaseId[] {
  return [...new Set(readBook(layout).ran.toReversed())]
}

/** The newer of two deployments first; those of an older corpus have no place in the book, and go by their time. */
type Ordered = Pick<DeploymentRecord, 'release' | 'sequence'>
export function byOrder(a: Ordered, b: Ordered): number {
  return (b.sequence ?? 0) - (a.sequence ?? 0) || (a.release < b.release ? 1 : -1)
}

/** `v12`, or the short id of a deployment that has no number. */
export const nameOf = (record: Pick<DeploymentRecord, 'release' | 'number'>): string =>
  record.number ? `v${record.number}` : shortRelease(record.release)
