/** The tree of editable mode: a clone that a developer edits in place, and that is only ever fast-forwarded. */

import { basename, join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { checkedOutput, type Git } from '../git/git.ts'
import { inFolder, removeBelow } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { linkIfThere, linkWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { ensureDeveloper, treeGit } from '../project/developer.ts'
import { isGenerated, removeGenerated } from '../project/procedure-files.ts'
import { program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { type Deployment, note } from './deployment.ts'

/** Makes the clone, with the remotes `local` and, where there is one, `origin`. Idempotent. */
export async function ensureEditableClone(
  shell: Shell,
  layout: ProjectLayout,
  origin: string | null,
): Promise<boolean> {
  const tree = layout.editableTree
  const fresh = !folderFiles(tree).has('.git')
  const as = treeGit(layout, origin)
  const git = async (...args: string[]) =>
    checkedOutput(await shell.run({ argv: [program('git'), ...args], cwd: tree, ...as }), args)
  if (fresh) await git('init', '--quiet', '--initial-branch=master')
  const remotes = new Set((await git('remote')).split('\n'))
  if (!remotes.has('local')) await git('remote', 'add', 'local', layout.projectGit)
  if (origin !== null && !remotes.has('origin')) await git('remote', 'add', 'origin', origin)
  return fresh
}

/** Brings the tree forward to origin (or to what was pushed), never over a developer's edits. */
export async function syncEditableTree(deployment: Deployment): Promise<void> {
  const { layout, shell, request } = deployment
  await ensureDeveloper(shell, layout)
  await ensureEditableClone(shell, layout, originOf(deployment))
  if (linkIfThere(layout.project) !== layout.editableTree) linkWhole(layout.editableTree, layout.project)
  const tree = layout.editableTree
  const git = gitInTree(shell, layout, originOf(deployment))
  const pushed = request.kind === 'push' || request.commit !== null
  const remote = pushed || originOf(deployment) === null ? 'local' : 'origin'
  const fetched = await git.outcome(['fetch', '--quiet', remote], { timeoutSeconds: 300, signal: deployment.signal })
  checkedOutput(fetched, ['fetch', remote])
  const branch = deployment.branch ?? 'master'
  const wanted = pushed ? deployment.commit : await commitOf(`refs/remotes/${remote}/${branch}`)
  if (wanted !== null) await forward(wanted)
  deployment.found.commit = (await commitOf('HEAD')) ?? deployment.commit
  removeGenerated(tree)
  await bringSubmodules()

  async function commitOf(ref: string): Promise<string | null> {
    const ended = await git.outcome(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])
    return ended.status === 0 ? textOf(ended.stdout).trim() : null
  }

  async function bringSubmodules(): Promise<void> {
    if (!folderFiles(tree).has('.gitmodules')) return
    // The repository remembers the URLs of the first time: sync takes those that the commit names.
    for (const words of [
      ['sync', '--quiet', '--recursive'],
      ['update', '--init', '--recursive', '--force'],
    ]) {
      const args = ['-c', 'protocol.file.allow=always', 'submodule', ...words]
      const onOutput = (piece: Uint8Array) => deployment.emit({ type: 'output', text: textOf(piece) })
      checkedOutput(await git.outcome(args, { onOutput, signal: deployment.signal }), [`submodule ${words[0]}`])
    }
  }

  async function forward(commit: string): Promise<void> {
    const head = await commitOf('HEAD')
    if (head === commit) return
    await makeWay(commit)
    if (head === null) {
      // Nothing is checked out yet; files that are in the way are somebody's.
      const ended = await git.outcome(['checkout', '--quiet', '-B', branch, commit])
      if (ended.status !== 0) throw edited(textOf(ended.stderr))
      return
    }
    const merged = await git.outcome(['merge', '--quiet', '--ff-only', commit])
    if (merged.status === 0) {
      if (pushed && (await isTakenBack(head, commit)))
        throw edited(`The tree stands at ${head.slice(0, 10)}, which ${commit.slice(0, 10)} does not have.`)
      return
    }
    if (pushed) throw edited(textOf(merged.stderr))
    note(
      deployment,
      `the project folder is not brought to ${remote}/${branch}: it has edits or commits of its own`,
      'notice',
    )
  }

  /** To git a file that we wrote is as good as a developer's own. */
  async function makeWay(commit: string): Promise<void> {
    const [tracked, coming] = await Promise.all([
      git.text('ls-files', '-z', '--', '.salt/'),
      git.text('ls-tree', '-z', '--name-only', commit, '--', '.salt/'),
    ])
    const kept = new Set(tracked.split('\0'))
    for (const path of coming.split('\0'))
      if (!kept.has(path) && isGenerated(tree, basename(path)))
        inFolder(tree, at => removeBelow(at, join('.salt', basename(path))))
  }

  /** A forced push went back to an older commit, and what it left is no commit of the developer's own. */
  async function isTakenBack(head: string, commit: string): Promise<boolean> {
    if (request.before === null || (await commitOf('HEAD')) === commit) return false
    return (await git.outcome(['merge-base', '--is-ancestor', head, request.before])).status === 0
  }

  function edited(detail: string): CorpusError {
    return new CorpusError('TREE_EDITED', `${tree} has edits or commits that what was pushed does not have.`, {
      detail: detail.trim(),
    })
  }
}

/** Its configuration, its hooks and its filters are the developer's, and so are the rights that git has there. */
function gitInTree(shell: Shell, layout: ProjectLayout, origin: string | null): Pick<Git, 'outcome' | 'text'> {
  const tree = layout.editableTree
  const as = treeGit(layout, origin)
  const outcome: Git['outcome'] = (args, options = {}) =>
    shell.run({ cwd: tree, ...options, argv: [program('git'), ...args], ...as })
  return { outcome, text: async (...args) => checkedOutput(await outcome(args), args) }
}

const originOf = (deployment: Deployment): string | null => {
  const origin = settingOf(deployment.cfg, 'origin')
  return typeof origin === 'string' && origin !== '' ? origin : null
}
