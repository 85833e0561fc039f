/** What folders take on the disk. */

import { existsSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { type Program, program } from '../shell/programs.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'

export interface Usage {
  readonly path: string
  /** Blocks that are taken, in bytes. A file with several names counts where it is met first, in the order asked. */
  readonly bytes: number
}

/**
 * Paths that are not there take nothing. Other file systems mounted below are not counted. What lies in an account's folder is
 * looked for, and at, as that account.
 */
export async function usageOf(shell: Shell, paths: readonly string[], user?: Account | null): Promise<Usage[]> {
  const there = user ? [...paths] : paths.filter(path => existsSync(path))
  const sizes = there.length === 0 ? [] : await measured(shell, there, user ?? undefined)
  return paths.map(path => ({ path, bytes: sizes[there.indexOf(path)] ?? 0 }))
}

async function measured(shell: Shell, paths: readonly string[], user: Account | undefined): Promise<number[]> {
  const argv: [Program, ...string[]] = [
    program('nice'),
    program('du'),
    '--summarize',
    '--block-size=1',
    '--one-file-system',
    '--null',
    '--dereference-args',
    '--',
    ...paths,
  ]
  const outcome = await shell.run({ argv, ...(user && { user }) })
  const sizes = new Map<string, number>()
  for (const line of textOf(outcome.stdout).split('\0')) {
    const tab = line.indexOf('\t')
    if (tab > 0) sizes.set(line.slice(tab + 1), Number(line.slice(0, tab)))
  }
  // Files that vanish meanwhile make du end with 1: what it did print stands.
  if (sizes.size === 0 && (user === undefined || outcome.spawnError !== undefined))
    throw new CorpusError('INTERNAL', 'du could not measure the folders.', {
      detail: outcome.spawnError ?? textOf(outcome.stderr),
    })
  return paths.map(path => sizes.get(path) ?? 0)
}
