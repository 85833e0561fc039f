/** remote add: a clone learns to push to a project, and `git push` ends with the status of the deployment. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SimpleGit } from '../git/porcelain.ts'
import { firstBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type CommitId, commitId, shown } from '../kernel/names.ts'
import { shellWord } from '../kernel/shell-word.ts'
import { branchesToPush } from '../project/hook-settings.ts'
import { type Context, openProject } from './context.ts'
import { hooksOf } from './installed.ts'

/** In the clone `folder`. Returns the URL, what to push so that it deploys, and the branch there of which the clone lacks commits. Idempotent; a remote of that name that names another URL is refused. */
export async function addRemote(
  context: Context,
  text: string,
  options: { folder: string; remote: string; pillar: boolean },
): Promise<{ url: string; refspec: string; behind: string | null }> {
  const layout = await openProject(context, text)
  const url = options.pillar ? layout.pillarGit : layout.projectGit
  if (!/^[A-Za-z0-9][\w.-]*$/.test(options.remote))
    throw new CorpusError('NAME_INVALID', `${shown(options.remote)} is not a name for a remote.`)
  const { asked, clonePorcelain } = await import('../git/porcelain.ts')
  const clone = existsSync(options.folder) ? clonePorcelain(options.folder) : null
  if (clone === null || !(await clone.checkIsRepo().catch(() => false)))
    throw new CorpusError('GIT_FAILED', `${options.folder} is not a git repository.`)
  const known = (await clone.getRemotes(true)).find(({ name }) => name === options.remote)?.refs.fetch
  if (known !== undefined && known !== url)
    throw new CorpusError('REMOTE_TAKEN', `The remote ${options.remote} names ${known} already.`)
  if (known === undefined) await asked('remote', clone.addRemote(options.remote, url))
  const receivePack = shellWord(join(hooksOf(context), 'receive-pack'))
  await asked('config', clone.addConfig(`remote.${options.remote}.receivepack`, receivePack))
  // A clone of which nothing is committed yet has the name of a branch, too.
  const branch = (await clone.raw('symbolic-ref', '--quiet', '--short', 'HEAD').catch(() => '')).trim()
  const deploys = branchesToPush(layout)
  const refspec = deploys.includes(branch) ? branch : `HEAD:${deploys[0]}`
  const head = firstBranch(url, deploys)
  const has = head === null || (await hasCommit(clone, commitId(head.commit)))
  return { url, refspec, behind: has ? null : head.branch }
}

const hasCommit = (clone: SimpleGit, commit: CommitId): Promise<boolean> =>
  clone.raw('cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  )
