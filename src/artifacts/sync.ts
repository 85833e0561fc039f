/** Makes one tree exactly what another is, touching only what differs. */

import { statSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { type Program, program } from '../shell/programs.ts'
import { rsyncWords } from '../shell/rsync.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'
import { must } from './run.ts'

export interface Sync {
  readonly shell: Shell
  readonly from: string
  readonly to: string
  /** Names at the top of the tree that are neither copied nor deleted; default `.git`. */
  readonly keep?: readonly string[]
  /** Who does it, and whose what is copied then is (needs root). */
  readonly user?: Account
  readonly signal?: AbortSignal
}

/**
 * Files are told apart by content, since all times in an archive are the same; a file that differs is replaced by a new
 * one, never written into, so that trees that share it by hard links keep theirs. Unchanged files keep their times.
 * Answers the names that were changed or deleted.
 */
export async function syncTree(sync: Sync): Promise<{ changed: string[]; deleted: string[] }> {
  if (!statSync(sync.from, { throwIfNoEntry: false })?.isDirectory())
    throw new CorpusError('SYNC_FAILED', `There is no folder ${sync.from} to take the release from.`)
  const argv = syncVector(sync)
  const command = {
    argv,
    cwd: '/',
    keepBytes: 1024 ** 3,
    ...(sync.user && { user: sync.user }),
    ...(sync.signal && { signal: sync.signal }),
  }
  const { stdout } = await must(sync.shell, command, 'SYNC_FAILED', `${sync.to} could not be made what ${sync.from} is`)
  const lines = textOf(stdout).split('\n').slice(0, -1)
  const named = (wanted: (line: string) => boolean) =>
    lines.filter(wanted).map(line => line.slice(line.indexOf(' ') + 1).trimStart())
  return {
    deleted: named(line => line.startsWith('*deleting')),
    // `>` a file came, `c` something was made; `.` is an attribute only.
    changed: named(line => line.startsWith('>') || line.startsWith('c')),
  }
}

/** The command as a value. */
export function syncVector({ from, to, keep = ['.git'] }: Pick<Sync, 'from' | 'to' | 'keep'>): [Program, ...string[]] {
  const options = {
    archive: null,
    checksum: null,
    'no-times': null,
    'no-owner': null,
    'no-group': null,
    'no-devices': null,
    'no-specials': null,
    'delete-delay': null,
    'itemize-changes': null,
  }
  const exclude = keep.map(name => `/${name}`)
  return [
    program('rsync'),
    ...rsyncWords({ options, exclude }, `${from.replace(/\/*$/, '')}/`, `${to.replace(/\/*$/, '')}/`),
  ]
}
