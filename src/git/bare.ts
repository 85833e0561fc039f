/** Bare repositories that people push to, with the hooks that deploy. */

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectName } from '../kernel/names.ts'
import { shellWord } from '../kernel/shell-word.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput, cleanEnvironment, gitIn } from './git.ts'

type RepositoryKind = 'project' | 'pillar'

export interface BareSpec {
  readonly path: string
  readonly kind: RepositoryKind
  readonly name: ProjectName
  readonly root: string
  /** The folder of the package, with src/hooks/hook.pl. */
  readonly home: string
  /** The URL behind the remote `origin`, if any. */
  readonly origin?: string | undefined
}

/** Faults of objects that do not change what a commit's files are, and that repositories of many years have. */
const innocent = [
  'zeroPaddedFilemode',
  'badDate',
  'badDateOverflow',
  'badTimezone',
  'missingSpaceBeforeDate',
  'badEmail',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeEmail',
  'badName',
  'multipleAuthors',
  'missingTaggerEntry',
  'badTagName',
  'nulInCommit',
] as const

const settings: readonly (readonly [string, string])[] = [
  ['receive.advertisePushOptions', 'true'],
  // The runner tidies up after the pusher has gone: a push does not wait for it.
  ['receive.autogc', 'false'],
  ['gc.auto', '0'],
  ['core.logAllRefUpdates', 'true'],
  // Trees are linked copies of one another: the link count changes a file's ctime, not its content.
  ['core.checkStat', 'minimal'],
  ['core.trustctime', 'false'],
  // A push's quarantine counts as another repository whose refs are asked for, by a git of its own: they are ours.
  ['core.alternateRefsCommand', 'true'],
  ['core.useReplaceRefs', 'false'],
  // What no git makes is not let in: names with slashes in them, two entries of one name, links in place of .gitmodules.
  ['receive.fsckObjects', 'true'],
  // But the histories of old tools and of converted repositories are.
  ...innocent.map(fault => [`receive.fsck.${fault}`, 'ignore'] as const),
  // Kept releases hold their commits by refs/corpus; people's trees come and go.
  ['gc.worktreePruneExpire', 'never'],
]

/** What is ours is nobody's to see, to fetch or to push to. A person may hide more: these are lists. */
const lists: readonly (readonly [string, string])[] = [
  ['receive.hideRefs', 'refs/corpus'],
  ['uploadpack.hideRefs', 'refs/corpus'],
]

/** Makes or repairs a bare repository. Hooks that a person wrote stay. Returns what was done, one sentence each. */
export async function ensureBare(shell: Shell, spec: BareSpec): Promise<string[]> {
  const done: string[] = []
  const fresh = !existsSync(join(spec.path, 'HEAD'))
  if (fresh) {
    mkdirSync(spec.path, { recursive: true, mode: spec.kind === 'pillar' ? 0o750 : 0o755 })
    const argv = ['init', '--quiet', '--bare', '--initial-branch=master', '--template=', spec.path]
    checkedOutput(await shell.run({ argv: [program('git'), ...argv], env: cleanEnvironment() }), argv)
    if (spec.kind === 'pillar') chmodSync(spec.path, 0o750)
    done.push(`made ${spec.path}`)
  }
  await configure(shell, spec)
  mkdirSync(join(spec.path, 'hooks'), { recursive: true })
  for (const hook of ['pre-receive', 'post-receive'] as const) {
    const path = join(spec.path, 'hooks', hook)
    const text = hookText(spec, hook)
    const there = textIfThere(path)
    if (there === text) continue
    if (there !== undefined && !there.includes(marker)) {
      done.push(`left ${path} as it is: it is not one of ours`)
      continue
    }
    writeWhole(path, text, { mode: 0o755 })
    chmodSync(path, 0o755)
    if (!fresh) done.push(`repaired ${path}`)
  }
  return done
}

/** How a repository's hook stands: ours and right, ours for another package or root, another's, or not there. */
export function hookState(
  spec: BareSpec,
  hook: 'pre-receive' | 'post-receive',
): 'right' | 'stale' | 'foreign' | 'missing' {
  const path = join(spec.path, 'hooks', hook)
  const there = textIfThere(path)
  if (there === undefined) return 'missing'
  if (there !== hookText(spec, hook)) return there.includes(marker) ? 'stale' : 'foreign'
  return statSync(path).mode & 0o100 ? 'right' : 'stale'
}

const marker =
  '# corpus: this file is written by "corpus init"; put hooks of your own into another file that this one does not replace.'

/** The hook itself: a name for everything, and the program that all repositories share. Of post-receive a shell is left that sees it die. */
function hookText(spec: BareSpec, hook: string): string {
  const { home, root, name, kind } = spec
  if (hook === 'post-receive') {
    const words = Object.entries({ corpus: home, root, name, kind }).map(([key, word]) => `${key}=${shellWord(word)}`)
    return `#!/bin/sh\n${marker}\n${words.join(' ')}\n. "$corpus/src/hooks/post-receive.sh"\n`
  }
  const words = [home, root, name, kind, hook].map(word => `'${word.replace(/[\\']/g, '\\$&')}'`).join(', ')
  return `#!/usr/bin/perl\n${marker}\nour ($HOME, $ROOT, $NAME, $KIND, $HOOK) = (${words});\nrequire "$HOME/src/hooks/hook.pl";\n`
}

async function configure(shell: Shell, spec: BareSpec): Promise<void> {
  const git = gitIn(shell, { gitDir: spec.path })
  const listed = (await git.text('config', '--local', '--list', '-z')).split('\0').filter(Boolean)
  const there = new Set(listed.map(line => line.slice(0, line.indexOf('\n'))))
  const wanted = [...settings]
  if (spec.kind === 'project') {
    wanted.push(['remote.local.url', spec.path], ['remote.local.fetch', '+refs/heads/*:refs/remotes/local/*'])
    if (spec.origin !== undefined)
      wanted.push(['remote.origin.url', spec.origin], ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'])
  }
  for (const [key, value] of wanted) {
    if (!there.has(key.toLowerCase()) && !there.has(key)) await git.text('config', '--local', key, value)
  }
  for (const [key, value] of lists) {
    if (!listed.includes(`${key.toLowerCase()}\n${value}`)) await git.text('config', '--local', '--add', key, value)
  }
}

/** Whether a repository has any branch yet. */
export function isEmptyRepository(path: string): boolean {
  const heads = join(path, 'refs', 'heads')
  if (textIfThere(join(path, 'packed-refs'))?.includes(' refs/heads/')) return false
  return !existsSync(heads) || readdirSync(heads, { recursive: true }).length === 0
}

/** Forgets the trees' folders inside a repository whose trees are gone. */
export function forgetTree(projectGit: string, release: string): void {
  rmSync(join(projectGit, 'worktrees', release), { recursive: true, force: true })
}
