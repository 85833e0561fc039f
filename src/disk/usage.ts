/** What folders take on the disk. */
import { existsSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { type Shell, textOf } from '../shell/shell.ts'

export interface Usage {
  readonly path: string
  /** Blocks that are taken, in bytes. A file with several names counts where it is met first, in the order asked. */
  readonly bytes: number
}

/** Paths that are not there take nothing. Other file systems mounted below are not counted. */
export async function usageOf(shell: Shell, paths: readonly string[]): Promise<Usage[]> {
  const there = paths.filter(path => existsSync(path))
  const sizes = there.length === 0 ? [] : await measured(shell, there)
  return paths.map(path => ({ path, bytes: sizes[there.indexOf(path)] ?? 0 }))
}

async function measured(shell: Shell, paths: readonly string[]): Promise<number[]> {
  const argv: [string, ...string[]] = [
    'nice',
    'du',
    '--summarize',
    '--block-size=1',
    '--one-file-system',
    '--null',
    '--dereference-args',
    '--',
    ...paths,
  ]
  const outcome = await shell.run({ argv })
  const sizes = new Map<string, number>()
  for (const line of textOf(outcome.stdout).split('\0')) {
    const tab = line.indexOf('\t')
    if (tab > 0) sizes.set(line.slice(tab + 1), Number(line.slice(0, tab)))
  }
  // Files that vanish meanwhile make du end with 1: what it did print stands.
  if (sizes.size === 0)
    throw new CorpusError('INTERNAL', 'du could not measure the folders.', {
      detail: outcome.spawnError ?? textOf(outcome.stderr),
    })
  return paths.map(path => sizes.get(path) ?? 0)
}
