/** git.detached: a work tree at one commit, on no branch. */

import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { statsOf } from '../file/attributes.ts'
import {
  accessArguments,
  addressOf,
  emptiedTarget,
  gaveUp,
  gitOptions,
  refusedTarget,
  sentences,
  targetArgument,
  wouldForce,
} from './arguments.ts'
import { fetch, hasCommit, headOf, isRepository, type Repository, repository, updateSubmodules } from './repository.ts'

export const detached = defineState({
  does: 'Keeps a work tree at a commit, a tag, or the end of a remote branch, on no branch of its own.',
  arguments: {
    rev: { does: 'The commit, tag or branch.', type: 'text', required: true },
    ...targetArgument,
    remote: { does: 'The name of the remote.', type: 'text', default: 'origin' },
    ...accessArguments,
    force_clone: { does: 'Empties a target that is no repository.', type: 'boolean', default: false },
    force_checkout: { does: 'Discards changes.', type: 'boolean', default: false },
    fetch_remote: { does: 'Fetches first.', type: 'boolean', default: true },
    hard_reset: { does: 'Resets before the checkout.', type: 'boolean', default: false },
    submodules: { does: 'Updates submodules.', type: 'boolean', default: false },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runDetached,
})

async function runDetached(call: StateCall): Promise<StateReturn> {
  const { args, name, test, tools } = call
  const target = args.text('target')
  const refused = refusedTarget(target)
  if (refused) return failed(refused)
  const changes = new Dict()
  const comments: string[] = []
  try {
    const isNew = !isRepository(target)
    if (isNew) {
      if (test)
        return wouldChange(
          args.flag('force_clone') && statsOf(target)
            ? wouldForce(target, name)
            : `Repository ${name} would be cloned to ${target}`,
        )
      const inTheWay = emptiedTarget(target, args.flag('force_clone'), changes)
      if (inTheWay) return failed(inTheWay)
      const named = args.text('remote') === 'origin' ? [] : ['--origin', args.text('remote')]
      await repository(tools, gitOptions(call, undefined, target)).ask(
        'clone',
        '--no-checkout',
        ...named,
        '--',
        addressOf(call),
        target,
      )
      comments.push(`${name} cloned to ${target}`)
    }
    return await settle(call, repository(tools, gitOptions(call, target)), isNew, changes, comments)
  } catch (error) {
    tools.signal?.throwIfAborted()
    return gaveUp((error as Error).message, changes, comments)
  }
}

async function settle(
  call: StateCall,
  repo: Repository,
  isNew: boolean,
  changes: Dict,
  comments: string[],
): Promise<StateReturn> {
  const { args, test } = call
  const target = args.text('target')
  const before = isNew ? null : (await headOf(repo)).revision
  const rev = args.text('rev')
  const isHash = /^[0-9a-f]{4,40}$/i.test(rev)
  const set = isNew ? null : await setRemote(call, repo, comments)
  if (set) return set
  if (args.flag('fetch_remote') && !(isHash && (await hasCommit(repo, rev)))) {
    if (test && !isNew && !(await found(repo, args.text('remote'), rev)))
      return wouldChange(`Repository ${target} would be fetched`)
    const options = { force: true, tags: true, depth: null }
    if (!test && (await fetch(repo, args.text('remote'), options)))
      comments.push(`Remote ${args.text('remote')} was fetched, resulting in updated refs`)
  }
  const commit = await found(repo, args.text('remote'), rev)
  if (commit === null) return gaveUp(`Revision '${rev}' does not exist`, changes, comments)
  if (args.flag('hard_reset')) {
    if (test) return wouldChange(`Hard reset to HEAD would be performed on ${target}`)
    await repo.ask('reset', '--quiet', '--hard', 'HEAD', '--')
    comments.push('Repository was reset to HEAD before checking out revision')
  }
  if (commit === before) comments.push('Already checked out at correct revision')
  else {
    changes.set('HEAD', Dict.of({ old: before, new: commit }))
    if (test) return wouldChange(`Commit ID ${commit} would be checked out at ${target}`, changes)
    await repo.ask('checkout', '--quiet', ...(args.flag('force_checkout') ? ['--force'] : []), '--detach', commit, '--')
    comments.push(`Commit ID ${commit} was checked out at ${target}`)
  }
  if (args.flag('submodules') && !test) await updateSubmodules(repo)
  return { result: true, changes, comment: sentences(comments) }
}

async function setRemote(call: StateCall, repo: Repository, comments: string[]): Promise<StateReturn | null> {
  const remote = call.args.text('remote')
  const address = addressOf(call)
  const present = await repo.tryAsk('remote', 'get-url', '--', remote)
  if (present === address) return null
  if (call.test) return wouldChange(`Remote ${remote} would be set to ${call.name}`)
  await repo.ask('remote', present === null ? 'add' : 'set-url', '--', remote, address)
  comments.push(`Remote ${remote} updated from '${present ?? 'None'}' to '${call.name}'`)
  return null
}

async function found(repo: Repository, remote: string, rev: string): Promise<string | null> {
  for (const name of [
    `refs/remotes/${remote}/${rev}`,
    `refs/tags/${rev}`,
    ...(/^[0-9a-f]+$/i.test(rev) ? [rev] : []),
  ]) {
    const commit = await repo.tryAsk('rev-parse', '--verify', '--quiet', `${name}^{commit}`)
    if (commit !== null) return commit
  }
  return null
}
