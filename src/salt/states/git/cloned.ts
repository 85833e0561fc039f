/** git.cloned: a clone that is there, at a branch; it is not updated. */

import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { statsOf } from '../file/attributes.ts'
import { accessArguments, addressOf, gitOptions, refusedTarget, targetArgument } from './arguments.ts'
import { repository } from './repository.ts'

export const cloned = defineState({
  does: 'Clones a repository that is not cloned yet; does not update one that is.',
  arguments: {
    ...targetArgument,
    branch: { does: 'The branch that is checked out; default: that of the remote.', type: 'text' },
    ...accessArguments,
  },
  run: runCloned,
})

async function runCloned(call: StateCall): Promise<StateReturn> {
  const { args, name, test, tools } = call
  const target = args.text('target')
  const branch = args.textOrNone('branch')
  const refused = refusedTarget(target)
  if (refused) return failed(refused)
  if (branch === '') return failed("'' is not a valid value for the 'branch' argument")
  if (statsOf(target)) return switched(call, target, branch)
  const suffix = branch === null ? '' : ` with branch '${branch}'`
  const changes = Dict.of({ new: `${name} => ${target}` })
  if (test) return wouldChange(`${name} would be cloned to ${target}${suffix}`, changes)
  try {
    const options = branch === null ? [] : ['--branch', branch]
    await repository(tools, gitOptions(call, undefined, target)).ask('clone', ...options, '--', addressOf(call), target)
  } catch (error) {
    tools.signal?.throwIfAborted()
    return failed(`Clone failed: ${(error as Error).message}`)
  }
  return succeeded(`${name} cloned to ${target}${suffix}`, changes)
}

async function switched(call: StateCall, target: string, branch: string | null): Promise<StateReturn> {
  const repo = repository(call.tools, gitOptions(call, target))
  try {
    await repo.ask('status', '--porcelain', '-z', '--untracked-files=no')
  } catch (error) {
    call.tools.signal?.throwIfAborted()
    return failed((error as Error).message)
  }
  const present = (await repo.tryAsk('rev-parse', '--abbrev-ref', 'HEAD')) ?? ''
  if (branch === null || branch === present) {
    const suffix = branch === null ? '' : ` and is checked out to branch '${branch}'`
    return succeeded(`Repository already exists at ${target}${suffix}`)
  }
  const changes = Dict.of({ branch: Dict.of({ old: present, new: branch }) })
  if (call.test) return wouldChange(`Branch would be changed to '${branch}'`, changes)
  try {
    if ((await repo.tryAsk('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`)) === null)
      await repo.tryAsk('fetch', '--quiet', 'origin')
    await repo.ask('checkout', '--quiet', branch, '--')
  } catch (error) {
    call.tools.signal?.throwIfAborted()
    return failed(`Failed to change branch to '${branch}': ${(error as Error).message}`)
  }
  return succeeded(`Branch changed to '${branch}'`, changes)
}
