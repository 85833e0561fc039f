/** What pre-receive asks before a push may land: does it render? Inside git's quarantine, with git's own environment. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCommit, said } from '../git/git.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { localShell } from '../shell/local.ts'
import { textOf } from '../shell/shell.ts'

/** NAME KIND COMMIT. Status 0 lets the push in; anything else refuses it, and what was printed says why. */
export async function checkPush(
  argv: readonly string[],
  options: { root: string; installers: string },
): Promise<number> {
  const [name = '', kind = '', commit = ''] = argv
  try {
    const layout = projectLayout(options.root, projectName(name))
    if (!isCommit(commit)) throw new CorpusError('USAGE', 'That is no commit.')
    const folder = mkdtempSync(join(tmpdir(), 'corpus-check-'))
    try {
      await extract(commit, kind === 'pillar' ? null : '.salt', folder)
      const { checkPillar, checkSalt } = await import('../procedures/check.ts')
      if (kind === 'pillar') await checkPillar(layout, folder, options.installers)
      else {
        await checkSalt(layout, folder, options.installers)
        const id = textOf((await localShell.run({ argv: ['git', 'rev-parse', `${commit}:.salt`] })).stdout).trim()
        const known = join(layout.git, 'checked-salt')
        if (textIfThere(known) !== id) writeWhole(known, id)
      }
      return 0
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  } catch (error) {
    const fault = faultOf(error)
    const detail = fault.detail ? `\n${fault.detail}` : ''
    process.stderr.write(
      `corpus: ${fault.code}: ${fault.message}${detail}\ncorpus: ${fault.wayOut} Nothing was changed.\n`,
    )
    return 1
  }
}

/** The commit's files, or those of one folder of it. */
async function extract(commit: string, path: string | null, folder: string): Promise<void> {
  const index = join(folder, '.index')
  const env = { ...(process.env as Record<string, string>), GIT_INDEX_FILE: index }
  const files = join(folder, 'files')
  mkdirSync(files)
  const read = ['read-tree', commit]
  said(await localShell.run({ argv: ['git', ...read], env }), read)
  const args = ['checkout-index', `--prefix=${files}/`, ...(path === null ? ['--all'] : ['-z', '--stdin'])]
  const input =
    path === null ? undefined : (await localShell.run({ argv: ['git', 'ls-files', '-z', '--', path], env })).stdout
  said(await localShell.run({ argv: ['git', ...args], env, ...(input ? { input } : {}) }), args)
}
