/** Branches read straight from a repository's files, and moved by git under its own locks. */
import { join } from 'node:path'
import { textIfThere } from '../kernel/files.ts'
import type { ReleaseId } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput, gitIn, isCommit } from './git.ts'

/** The commit that a ref names, or null. No process: a push asks this several times. */
function readRef(gitDir: string, ref: string): string | null {
  const loose = textIfThere(join(gitDir, ref))?.trim()
  if (loose !== undefined && isCommit(loose)) return loose
  for (const line of (textIfThere(join(gitDir, 'packed-refs')) ?? '').split('\n')) {
    if (line.endsWith(` ${ref}`)) return line.slice(0, line.indexOf(' '))
  }
  return null
}

export const branchCommit = (gitDir: string, branch: string): string | null => readRef(gitDir, `refs/heads/${branch}`)

/** The branch that HEAD names: it follows what is deployed (`pointHead`). */
export const headBranch = (gitDir: string): string | null =>
  /^ref: refs\/heads\/(.+)\n/.exec(textIfThere(join(gitDir, 'HEAD')) ?? '')?.[1] ?? null

/** That of these branches which was deployed last, else the first that exists, with its commit. */
export function firstBranch(gitDir: string, branches: readonly string[]): { branch: string; commit: string } | null {
  const head = headBranch(gitDir)
  for (const branch of head !== null && branches.includes(head) ? [head, ...branches] : branches) {
    const commit = branchCommit(gitDir, branch)
    if (commit !== null) return { branch, commit }
  }
  return null
}

/** Where a refused branch goes back to: to what runs, where that came by it, else to what it was. */
export const wayBackOf = (
  gitDir: string,
  { branch, before }: { readonly branch: string; readonly before: string | null },
  running: string | null,
): string | null => (headBranch(gitDir) === branch ? (running ?? before) : before)

/**
 * Puts a branch back to what runs (or removes it, where nothing ran) and keeps the refused commit as
 * refs/corpus/failed/<release>. A branch that moved on meanwhile stays. Returns whether it was put back.
 */
export async function putBranchBack(
  shell: Shell,
  gitDir: string,
  move: { branch: string; refused: string; before: string | null; release: ReleaseId },
): Promise<boolean> {
  const lines = [`update ${failedPrefix}${move.release} ${move.refused}`]
  const git = gitIn(shell, { gitDir })
  checkedOutput(await git.outcome(['update-ref', '--stdin'], { input: `${lines.join('\n')}\n` }), ['update-ref'])
  return unmoveBranch(shell, gitDir, move, 'corpus: the deployment failed')
}

/** Undoes a push of a branch, or its creation; false when it has moved on meanwhile. */
export async function unmoveBranch(
  shell: Shell,
  gitDir: string,
  move: { branch: string; refused: string; before: string | null },
  why: string,
): Promise<boolean> {
  const ref = `refs/heads/${move.branch}`
  const back =
    move.before === null
      ? ['update-ref', '-d', ref, move.refused]
      : ['update-ref', '-m', why, ref, move.before, move.refused]
  return (await gitIn(shell, { gitDir }).outcome(back)).status === 0
}

/** Moves a branch to what was gone back to, or is to be deployed. A branch that is elsewhere than `from` stays. */
export async function moveBranch(
  shell: Shell,
  gitDir: string,
  branch: string,
  to: string,
  from: string | null,
  why = 'corpus: rollback',
): Promise<boolean> {
  const git = gitIn(shell, { gitDir })
  const args = ['update-ref', '-m', why, `refs/heads/${branch}`, to, ...(from === null ? [] : [from])]
  return (await git.outcome(args)).status === 0
}

/** Keeps the commits of the kept releases reachable, and refused ones of the deployments that are known; lets go of the others. */
export async function keepCommits(
  shell: Shell,
  gitDir: string,
  wanted: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
): Promise<void> {
  const git = gitIn(shell, { gitDir })
  const there = new Map(
    (await git.text('for-each-ref', '--format=%(refname) %(objectname)', 'refs/corpus/'))
      .split('\n')
      .filter(Boolean)
      .map(line => line.split(' ') as [string, string]),
  )
  const lines: string[] = []
  for (const [release, commit] of wanted)
    if (there.get(releasesPrefix + release) !== commit) lines.push(`update ${releasesPrefix}${release} ${commit}`)
  const isKept = (ref: string) => {
    if (ref.startsWith(releasesPrefix)) return wanted.has(ref.slice(releasesPrefix.length))
    return !ref.startsWith(failedPrefix) || known.has(ref.slice(failedPrefix.length))
  }
  for (const ref of there.keys()) if (!isKept(ref)) lines.push(`delete ${ref}`)
  if (lines.length > 0)
    checkedOutput(await git.outcome(['update-ref', '--stdin'], { input: `${lines.join('\n')}\n` }), ['update-ref'])
}

const releasesPrefix = 'refs/corpus/releases/'
const failedPrefix = 'refs/corpus/failed/'
