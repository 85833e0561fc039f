/** git.latest: a work tree that follows a revision of a remote repository. */

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
import { headOf, isRepository, type Repository, remoteRefs, repository, updateSubmodules } from './repository.ts'
import { sameRevision, wantedRevision } from './revision.ts'
import { updateTree } from './update.ts'
import { setUpstream } from './upstream.ts'

export const latest = defineState({
  does: 'Keeps a work tree at a revision of a remote repository: clones it, then fast-forwards.',
  arguments: {
    ...targetArgument,
    rev: { does: 'The branch, tag or commit; HEAD is the remote default branch.', type: 'text', default: 'HEAD' },
    branch: { does: 'The local branch; default: the one that is checked out.', type: 'text' },
    ...accessArguments,
    update_head: { does: 'Whether the work tree moves; otherwise it is only fetched.', type: 'boolean', default: true },
    force_checkout: { does: 'Discards changes when a branch is checked out.', type: 'boolean', default: false },
    force_clone: { does: 'Empties a target that is no repository.', type: 'boolean', default: false },
    force_fetch: { does: 'Fetches even what is no fast-forward.', type: 'boolean', default: false },
    force_reset: {
      does: 'Resets where it is no fast-forward, discarding changes; remote-changes: only when there is something new.',
      type: 'any',
      default: false,
    },
    submodules: { does: 'Updates submodules.', type: 'boolean', default: false },
    bare: { does: 'A bare repository instead of a work tree.', type: 'boolean', default: false },
    mirror: { does: 'A mirror.', type: 'boolean', default: false },
    remote: { does: 'The name of the remote.', type: 'text', default: 'origin' },
    fetch_tags: { does: 'Fetches tags.', type: 'boolean', default: true },
    sync_tags: { does: 'Accepted.', type: 'boolean', default: true },
    depth: { does: 'How many commits a clone has.', type: 'whole number' },
    refspec_branch: { does: 'Accepted.', type: 'text', default: '*' },
    refspec_tag: { does: 'Accepted.', type: 'text', default: '*' },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runLatest,
})

async function runLatest(call: StateCall): Promise<StateReturn> {
  const { args, tools } = call
  const target = args.text('target')
  const rev = args.text('rev')
  const refused = refusedTarget(target)
  if (refused) return failed(refused)
  if (rev === '') return failed("'' is not a valid value for the 'rev' argument")
  let refs: Map<string, string>
  try {
    refs = await remoteRefs(repository(tools, gitOptions(call)), addressOf(call))
  } catch (error) {
    tools.signal?.throwIfAborted()
    return failed(`Failed to check remote refs: ${(error as Error).message}`)
  }
  if (args.flag('bare') || args.flag('mirror')) return (await import('./bare.ts')).latestBare(call, refs)
  const wanted = wantedRevision(refs, rev, args.text('remote'))
  if (!wanted && (rev !== 'HEAD' || isRepository(target)))
    return failed(`No revision matching '${rev}' exists in the remote repository`)
  if (isRepository(target) && wanted) return updateTree(call, wanted, refs)
  return cloneTree(call, refs)
}

async function cloneTree(call: StateCall, refs: ReadonlyMap<string, string>): Promise<StateReturn> {
  const { args, name, test, tools } = call
  const target = args.text('target')
  const changes = new Dict()
  if (test) {
    const filled = args.flag('force_clone') && statsOf(target)
    if (filled) changes.set('forced clone', true)
    changes.set('new', `${name} => ${target}`)
    return wouldChange(filled ? wouldForce(target, name) : `Repository ${name} would be cloned to ${target}`, changes)
  }
  const refused = emptiedTarget(target, args.flag('force_clone'), changes)
  if (refused) return failed(refused)
  const comments: string[] = []
  try {
    await clone(call, target)
    changes.set('new', `${name} => ${target}`)
    comments.push(`${name} cloned to ${target}`)
    const repo = repository(tools, gitOptions(call, target))
    await settle(call, repo, refs, comments)
    const { revision } = await headOf(repo)
    if (revision !== null) changes.set('revision', Dict.of({ old: null, new: revision }))
    return { result: true, changes, comment: sentences(comments) }
  } catch (error) {
    tools.signal?.throwIfAborted()
    const { message } = error as Error
    return gaveUp(comments.length ? message : `Clone failed: ${message}`, changes, comments)
  }
}

async function clone(call: StateCall, target: string): Promise<void> {
  const { args, tools } = call
  const remote = args.text('remote')
  const depth = args.numberOrNone('depth')
  const shallow =
    depth === null ? [] : [`--depth=${depth}`, ...(args.text('rev') === 'HEAD' ? [] : ['--branch', args.text('rev')])]
  const named = remote === 'origin' ? [] : ['--origin', remote]
  await repository(tools, gitOptions(call, undefined, target)).ask(
    'clone',
    ...named,
    ...shallow,
    '--',
    addressOf(call),
    target,
  )
}

/** Brings a fresh clone to the wanted branch and revision. */
async function settle(
  call: StateCall,
  repo: Repository,
  refs: ReadonlyMap<string, string>,
  comments: string[],
): Promise<void> {
  const { args } = call
  const wanted = wantedRevision(refs, args.text('rev'), args.text('remote'))
  if (!wanted) return
  const branch = args.textOrNone('branch')
  const clean = await headOf(repo)
  if (branch !== null && branch !== clean.branch) {
    const start = wanted.type === 'head' ? wanted.revision : wanted.upstream || wanted.rev
    await repo.ask('checkout', '--quiet', '-b', branch, start, '--')
    comments.push(`Branch '${branch}' checked out, with ${wanted.told} as a starting point`)
  }
  const head = await headOf(repo)
  if (head.branch === null && head.revision === null && !refs.has('HEAD'))
    throw new Error(
      "Remote HEAD refers to a ref that does not exist. This can happen when the default branch on the remote repository is renamed or deleted. If you are unable to fix the remote repository, you can work around this by setting the 'branch' argument (which will ensure that the named branch is created if it does not already exist).",
    )
  if (!sameRevision(head.revision, wanted)) {
    await repo.ask('reset', '--quiet', '--hard', wanted.revision, '--')
    comments.push(`Repository was reset to ${wanted.told}`)
  }
  const upstream = await setUpstream(repo, head.branch, wanted)
  if (upstream) comments.push(upstream)
  if (args.flag('submodules')) await updateSubmodules(repo)
}
