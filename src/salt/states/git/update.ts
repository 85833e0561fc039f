/** Brings a work tree that is there to the wanted revision: fetches, checks out, fast-forwards or resets. */

import type { StateCall, StateReturn } from '../../definition/define.ts'
import { succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { addressOf, gaveUp, gitOptions, sentences } from './arguments.ts'
import {
  branchExists,
  fetch,
  type Head,
  hasCommit,
  hasLocalChanges,
  headOf,
  isAncestor,
  type Repository,
  repository,
  updateSubmodules,
} from './repository.ts'
import { sameRevision, short, type Wanted } from './revision.ts'
import { setUpstream, upstreamChange } from './upstream.ts'

interface Updating {
  readonly call: StateCall
  readonly repo: Repository
  readonly target: string
  readonly wanted: Wanted
  readonly head: Head
  /** What is moved to the wanted revision; `revision` is null for a branch that is still to be made. */
  readonly base: Head
  readonly localChanges: boolean
  readonly remoteUrl: string | null
  readonly defaultBranch: string | null
  readonly comments: string[]
  readonly changes: Dict
}

export async function updateTree(
  call: StateCall,
  wanted: Wanted,
  refs: ReadonlyMap<string, string>,
): Promise<StateReturn> {
  const { args, tools } = call
  const target = args.text('target')
  const repo = repository(tools, gitOptions(call, target))
  const head = await headOf(repo)
  const branch = args.textOrNone('branch')
  const updating: Updating = {
    call,
    repo,
    target,
    wanted,
    head,
    base: branch === null || branch === head.branch ? head : await branchHead(repo, branch),
    localChanges: await hasLocalChanges(repo),
    remoteUrl: await repo.tryAsk('remote', 'get-url', '--', args.text('remote')),
    defaultBranch: defaultBranchOf(refs),
    comments: [],
    changes: new Dict(),
  }
  try {
    return await update(updating)
  } catch (error) {
    tools.signal?.throwIfAborted()
    return gaveUp((error as Error).message, updating.changes, updating.comments)
  }
}

async function branchHead(repo: Repository, branch: string): Promise<Head> {
  const revision = (await branchExists(repo, branch))
    ? await repo.ask('rev-parse', `refs/heads/${branch}^{commit}`)
    : null
  return { revision, branch }
}

function defaultBranchOf(refs: ReadonlyMap<string, string>): string | null {
  const head = refs.get('HEAD')
  const found = [...refs].find(([name, sha]) => name.startsWith('refs/heads/') && sha === head)
  return found ? found[0].slice('refs/heads/'.length) : null
}

async function update(updating: Updating): Promise<StateReturn> {
  const { call, repo, wanted, base, target } = updating
  const { args, test } = call
  const known = await hasCommit(repo, wanted.revision)
  const refused = known ? await refusal(updating) : null
  if (refused) return refused
  if (await isUpToDate(updating, known)) {
    if (args.flag('submodules') && !test) await updateSubmodules(repo)
    return upToDate(updating)
  }
  if (test) return preview(updating, known)
  await setRemote(updating)
  if (!known || args.flag('force_fetch') || updating.remoteUrl !== addressOf(call)) {
    const later = await fetched(updating)
    if (later) return later
  }
  if (!args.flag('update_head')) return onlyFetched(updating)
  await checkOut(updating)
  await moveHead(updating)
  const upstream = await setUpstream(repo, base.branch, wanted)
  if (upstream) updating.comments.push(upstream)
  if (args.flag('submodules')) await updateSubmodules(repo)
  return finished(updating, target)
}

/** Not a fast-forward, or uncommitted changes in the way, and nothing said about force. */
async function refusal(updating: Updating): Promise<StateReturn | null> {
  const { call, repo, wanted, base, localChanges } = updating
  const force = call.args.value('force_reset')
  if (force === true || force === 'remote-changes') return null
  if (sameRevision(base.revision, wanted) || base.revision === null) return null
  if (!call.args.flag('update_head')) return null
  if (!localChanges && (await isAncestor(repo, base.revision, wanted.revision))) return null
  return notFastForward(updating)
}

function notFastForward(updating: Updating): StateReturn {
  const { wanted, base, localChanges, comments, changes, call, head } = updating
  const branch = call.args.textOrNone('branch')
  const from = localChanges && base.revision !== null ? `from ${short(base.revision)} ` : ''
  const after = branch !== null && branch !== head.branch ? ` (after checking out local branch '${branch}')` : ''
  const why = localChanges ? 'there are uncommitted changes' : 'this is not a fast-forward merge'
  const also = localChanges ? " (or 'remote-changes')" : ''
  const discard = localChanges ? ' and discard these changes' : ''
  const sentence = `Repository would be updated ${from}to ${short(wanted.revision)}${after}, but ${why}. Set 'force_reset' to True${also} to force this update${discard}.`
  return gaveUp(sentence + branchAdvice(updating, branch), changes, comments)
}

function branchAdvice({ wanted, head, defaultBranch }: Updating, branch: string | null): string {
  if (branch !== null) return ''
  const { rev } = wanted
  if (rev !== 'HEAD') {
    if (head.branch === rev) return ''
    return ` The desired rev (${rev}) differs from the name of the local branch (${head.branch ?? 'None'}), if the desired rev is a branch name then a forced update could possibly be avoided by setting the 'branch' argument to '${rev}' instead.`
  }
  if (defaultBranch === null || defaultBranch === head.branch) return ''
  return ` The default remote branch (${defaultBranch}) differs from the local branch (${head.branch ?? 'None'}). This could be caused by changing the default remote branch, or if the local branch was manually changed. Rather than forcing an update, it may be advisable to set the 'branch' argument to '${defaultBranch}' instead. To ensure that this state follows the '${defaultBranch}' branch instead of the remote HEAD, set the 'rev' argument to '${defaultBranch}'.`
}

async function isUpToDate(updating: Updating, known: boolean): Promise<boolean> {
  const { call, repo, wanted, head, base, localChanges, remoteUrl } = updating
  const { args } = call
  if (!known || args.flag('force_fetch') || remoteUrl !== addressOf(call)) return false
  if (base.branch !== head.branch || !sameRevision(base.revision, wanted)) return false
  if (localChanges && args.value('force_reset') === true) return false
  return (await upstreamChange(repo, base.branch, wanted)) === null
}

function upToDate({ target, localChanges }: Updating): StateReturn {
  const advice = localChanges
    ? ", but with uncommitted changes. Set 'force_reset' to True to purge uncommitted changes."
    : ''
  return succeeded(`Repository ${target} is up-to-date${advice}`)
}

async function preview(updating: Updating, known: boolean): Promise<StateReturn> {
  const { call, repo, wanted, head, base, changes, remoteUrl, localChanges } = updating
  const actions: string[] = []
  const address = addressOf(call)
  if (remoteUrl !== address) {
    changes.set(`remotes/${call.args.text('remote')}`, Dict.of({ old: remoteUrl, new: address }))
    actions.push(
      `Remote '${call.args.text('remote')}' would be ${remoteUrl === null ? 'set' : 'changed'} to ${address}`,
    )
  }
  if (!known) actions.push(`Remote would be fetched`)
  if (base.branch !== head.branch)
    actions.push(
      base.revision === null
        ? `New branch '${base.branch}' would be checked out, with ${wanted.told} as a starting point`
        : `Branch '${base.branch}' would be checked out`,
    )
  if (!sameRevision(base.revision, wanted)) {
    changes.set('revision', Dict.of({ old: head.revision, new: wanted.revision }))
    const forward = base.revision === null || !known || (await isAncestor(repo, base.revision, wanted.revision))
    if (!forward) changes.set('forced update', true)
    actions.push(
      forward ? `Repository would be updated to ${wanted.told}` : `Repository would be hard-reset to ${wanted.told}`,
    )
  }
  if (localChanges && call.args.value('force_reset') === true) actions.push('Uncommitted changes would be discarded')
  const upstream = await upstreamChange(repo, base.branch, wanted)
  if (upstream) actions.push(upstream.planned)
  return wouldChange(sentences(actions), changes)
}

async function setRemote({ call, repo, remoteUrl, changes, comments }: Updating): Promise<void> {
  const remote = call.args.text('remote')
  const address = addressOf(call)
  if (remoteUrl === address) return
  await repo.ask('remote', ...(remoteUrl === null ? ['add'] : ['set-url']), '--', remote, address)
  changes.set(`remotes/${remote}`, Dict.of({ old: remoteUrl, new: address }))
  comments.push(
    remoteUrl === null
      ? `Remote '${remote}' set to ${address}`
      : `Remote '${remote}' changed from ${remoteUrl} to ${address}`,
  )
}

/** Fetches, and looks again whether it may go on; a result where it may not. */
async function fetched(updating: Updating): Promise<StateReturn | null> {
  const { call, repo, wanted, comments, changes } = updating
  const { args, name } = call
  const options = {
    force: args.flag('force_fetch'),
    tags: args.flag('fetch_tags'),
    depth: args.numberOrNone('depth'),
  }
  try {
    if (await fetch(repo, args.text('remote'), options)) comments.push(`${name} was fetched, resulting in updated refs`)
  } catch (error) {
    const advice = options.force
      ? ''
      : " Set 'force_fetch' to True to force the fetch if the failure was due to a non-fast-forward fetch."
    return gaveUp(
      `Fetch failed.${advice} Output of the fetch command follows:\n\n${(error as Error).message}`,
      changes,
      comments,
    )
  }
  if (!(await hasCommit(repo, wanted.revision)))
    return gaveUp(`Fetch did not successfully retrieve rev '${wanted.rev}' from ${name}`, changes, comments)
  return refusal(updating)
}

function onlyFetched({ wanted, head, comments, changes }: Updating): StateReturn {
  if (sameRevision(head.revision, wanted)) return { result: true, changes, comment: sentences(comments) }
  const what = wanted.told.charAt(0).toUpperCase() + wanted.told.slice(1)
  const present = head.revision === null ? 'None' : short(head.revision)
  const sentence = `${wanted.type === 'head' ? what : wanted.told} is already present and local HEAD (${present}) does not match, but update_head=False. HEAD has not been updated locally.`
  return { result: true, changes, comment: sentence }
}

async function checkOut({ call, repo, wanted, head, base, comments }: Updating): Promise<void> {
  if (base.branch === null || base.branch === head.branch) return
  const force = call.args.flag('force_checkout') || call.args.value('force_reset') === true ? ['--force'] : []
  if (base.revision === null) {
    await repo.ask('checkout', '--quiet', ...force, '-b', base.branch, wanted.upstream || wanted.revision, '--')
    comments.push(`New branch '${base.branch}' was checked out, with ${wanted.told} as a starting point`)
  } else {
    await repo.ask('checkout', '--quiet', ...force, base.branch, '--')
    comments.push(`'${base.branch}' was checked out`)
  }
}

async function moveHead(updating: Updating): Promise<void> {
  const { call, repo, wanted, base, localChanges, comments, changes } = updating
  const discards = localChanges && call.args.value('force_reset') !== false
  const discarded = () => comments.push('Uncommitted changes were discarded')
  if (base.revision === null) return
  if (sameRevision(base.revision, wanted)) {
    if (!localChanges || call.args.value('force_reset') !== true) return
    await repo.ask('reset', '--quiet', '--hard', 'HEAD', '--')
    discarded()
    return
  }
  const forward = await isAncestor(repo, base.revision, wanted.revision)
  if (!forward) {
    await repo.ask('reset', '--quiet', '--hard', wanted.revision, '--')
    changes.set('forced update', true)
    if (discards) discarded()
    comments.push(`Repository was hard-reset to ${wanted.told}`)
    return
  }
  if (discards) {
    await repo.ask('reset', '--quiet', '--hard', 'HEAD', '--')
    discarded()
  }
  if (wanted.type === 'branch' || wanted.type === 'head') {
    if (base.branch === null) throw new Error('Unable to fast-forward, HEAD is detached')
    await repo.ask('merge', '--quiet', '--ff-only', wanted.revision)
    comments.push(`Repository was fast-forwarded to ${wanted.told}`)
  } else {
    await repo.ask('reset', '--quiet', '--hard', wanted.revision, '--')
    comments.push(`Repository was updated to ${wanted.told}`)
  }
}

async function finished({ repo, head, changes, comments }: Updating, target: string): Promise<StateReturn> {
  const { revision } = await headOf(repo)
  if (revision !== head.revision) changes.set('revision', Dict.of({ old: head.revision, new: revision }))
  if (comments.length === 0) return succeeded(`Repository ${target} is up-to-date`)
  return { result: true, changes, comment: sentences(comments) }
}
