/** The files of a commit in a folder of their own: no working copy, no trace in the repository. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput, checkoutEnvironment } from './git.ts'

/** `folder` must be there; it may be empty. */
export async function exportCommit(shell: Shell, gitDir: string, commit: string, folder: string): Promise<void> {
  const index = join(dirname(folder), `.index-${process.pid}`)
  const env = { ...checkoutEnvironment(), GIT_DIR: gitDir, GIT_WORK_TREE: folder, GIT_INDEX_FILE: index }
  try {
    for (const args of [
      ['read-tree', commit],
      ['checkout-index', '--all', '--force'],
    ])
      checkedOutput(await shell.run({ argv: [program('git'), ...args], cwd: folder, env }), args)
  } finally {
    rmSync(index, { force: true })
  }
}
