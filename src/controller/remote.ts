/** remote add: a clone learns to push to a project, and `git push` ends with the status of the deployment. */

import { join } from 'node:path'
import { cleanEnvironment } from '../git/git.ts'
import { firstBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { branchesToPush } from '../project/hook-settings.ts'
import { program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import { shellWord } from '../shell/word.ts'
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
  const git = (...args: string[]) =>
    context.shell.run({ argv: [program('git'), '-C', options.folder, ...args], env: cleanEnvironment() })
  const top = await git('rev-parse', '--git-dir')
  if (top.status !== 0)
    throw new CorpusError('GIT_FAILED', `${options.folder} is not a git repository.`, {
      detail: textOf(top.stderr).trim(),
    })
  const there = await git('config', '--get', `remote.${options.remote}.url`)
  const known = textOf(there.stdout).trim()
  if (there.status === 0 && known !== url) {
    throw new CorpusError('REMOTE_TAKEN', `The remote ${options.remote} names ${known} already.`)
  }
  if (there.status !== 0) await must(['remote', 'add', options.remote, url])
  await must(['config', `remote.${options.remote}.receivepack`, shellWord(join(hooksOf(context), 'receive-pack'))])
  // A clone of which nothing is committed yet has the name of a branch, too.
  const branch = textOf((await git('symbolic-ref', '--quiet', '--short', 'HEAD')).stdout).trim()
  const deploys = branchesToPush(layout)
  const refspec = deploys.includes(branch) ? branch : `HEAD:${deploys[0]}`
  const head = firstBranch(url, deploys)
  const has = head === null || (await git('cat-file', '-e', `${head.commit}^{commit}`)).status === 0
  return { url, refspec, behind: has ? null : head.branch }

  async function must(args: string[]): Promise<void> {
    const ended = await git(...args)
    if (ended.status !== 0)
      throw new CorpusError('GIT_FAILED', `git ${args[0]} failed.`, { detail: textOf(ended.stderr).trim() })
  }
}
