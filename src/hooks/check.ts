/** What pre-receive asks before a push may land: does it render, and is it known how it runs? Inside git's quarantine, with git's own environment. */

import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type CommitFiles, commitFiles, waitingIn } from '../git/commit-files.ts'
import { checkedOutput, isCommit } from '../git/git.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { isRoot } from '../shell/account.ts'
import { localShell } from '../shell/local.ts'
import { takeLock } from '../shell/lock.ts'
import { program } from '../shell/programs.ts'

/** NAME KIND COMMIT. Status 0 lets the push in; anything else refuses it, and what was printed says why. */
export async function checkPush(
  argv: readonly string[],
  options: { root: string; installers: string },
): Promise<number> {
  const [name = '', kind = '', commit = ''] = argv
  try {
    const layout = projectLayout(options.root, projectName(name))
    if (!isCommit(commit)) throw new CorpusError('USAGE', 'That is no commit.')
    if (!existsSync(layout.savedConfiguration)) await bringOwnFolder(layout)
    const folder = mkdtempSync(join(tmpdir(), 'corpus-check-'))
    try {
      await extract(commit, kind === 'pillar' ? null : '.salt', folder)
      const { checkPillar, checkTree } = await import('./renders.ts')
      if (kind === 'pillar') {
        tell(await checkPillar(layout, folder, options.installers))
        rmSync(layout.checked, { force: true })
      } else {
        const quarantine = process.env['GIT_QUARANTINE_PATH'] ?? null
        const files = commitFiles(localShell, layout.projectGit, commit, quarantine)
        const waits = waitingIn(quarantine, layout.projectGit)
        const pushed = { files, stored: isStored(), commit, waits }
        const { unknown, witness, path } = await checkTree(layout, folder, options.installers, pushed)
        tell(unknown)
        keepChecked(layout, files, { witness, path })
      }
      return 0
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  } catch (error) {
    const fault = faultOf(error, name)
    const detail = fault.detail ? `\n${fault.detail}` : ''
    process.stderr.write(
      `corpus: ${fault.code}: ${fault.message}${detail}\ncorpus: ${fault.wayOut} Nothing was changed.\n`,
    )
    return 1
  }
}

/** A project of before: what is saved of it must be found. The deployment that follows says what could not be proven. */
async function bringOwnFolder(layout: ProjectLayout): Promise<void> {
  const lock = takeLock(layout.lock, 5)
  if (lock === null) throw new CorpusError('PROJECT_BUSY', `A deployment of ${layout.name} is under way.`)
  try {
    await (await import('../deployment/own-folder.ts')).makeOwnFolder(layout, localShell)
  } finally {
    lock.release()
  }
}

/** Git hands over what `git push -o` said. */
function isStored(): boolean {
  const count = Number(process.env['GIT_PUSH_OPTION_COUNT'] ?? 0)
  return Array.from({ length: count }, (_, at) => process.env[`GIT_PUSH_OPTION_${at}`]).includes('no-deploy')
}

/** The ids of what was read, as the hooks compare them: the same again, with the file that told what it is, needs no look. */
function keepChecked(layout: ProjectLayout, files: CommitFiles, { witness, path }: Known): void {
  const isPlain = /^[\w.-]+$/.test(witness) && /^[\w./-]*$/.test(path)
  const procfile = files.id(path === '' ? 'Procfile' : `${path}/Procfile`)
  const text = [
    files.id('.salt') ?? 'none',
    procfile ?? 'none',
    isPlain ? witness : '?',
    ...(path === '' ? [] : [path]),
  ]
  if (textIfThere(layout.checked) !== text.join(' ')) writeWhole(layout.checked, text.join(' '))
}

/** What told how it runs: a name at the top, or in the folder that is deployed. */
interface Known {
  readonly witness: string
  readonly path: string
}

function tell(sentences: readonly string[]): void {
  for (const sentence of sentences) process.stderr.write(`corpus: ${sentence}\n`)
}

/** The commit's files, or those of one folder of it. A bare repository has no tree of its own: the folder is one for a moment. */
async function extract(commit: string, path: string | null, folder: string): Promise<void> {
  const files = join(folder, 'files')
  mkdirSync(files)
  const env = {
    ...(process.env as Record<string, string>),
    ...(isRoot() ? { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } : {}),
    GIT_DIR: resolve(process.env['GIT_DIR'] ?? '.'),
    GIT_WORK_TREE: files,
    GIT_INDEX_FILE: join(folder, '.index'),
  }
  const git = async (args: readonly string[], input?: Uint8Array) => {
    const ended = await localShell.run({
      argv: [program('git'), ...args],
      cwd: files,
      env,
      ...(input ? { input } : {}),
    })
    checkedOutput(ended, args)
    return ended.stdout
  }
  await git(['read-tree', commit])
  if (path === null) await git(['checkout-index', '--all'])
  else await git(['checkout-index', '-z', '--stdin'], await git(['ls-files', '-z', '--', path]))
}
