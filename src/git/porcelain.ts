/** git's porcelain, off the path of a push, by simple-git: our own git, without a person's hooks, pager, filters and configuration. */
import { type SimpleGit, type SimpleGitOptions, simpleGit } from 'simple-git'
import { type CommitId, commitId } from '../kernel/names.ts'
import { program } from '../shell/programs.ts'
import { checkedOutput, cleanEnvironment } from './git.ts'
import { shownLine } from './subject.ts'

export interface CommitLine {
  readonly commit: CommitId
  readonly author: string
  readonly subject: string
  readonly tags: readonly string[]
}

/** A commit that only one of two has. */
export interface CommitBetween extends CommitLine {
  /** False for what the second lacks of the first. */
  readonly isNew: boolean
}

export interface FileChange {
  readonly path: string
  /** Null for bytes that are no text. */
  readonly insertions: number | null
  readonly deletions: number | null
}

/** Those among `ids` that are in the repository, by their id. */
export async function commitLines(gitDir: string, ids: readonly string[]): Promise<Map<string, CommitLine>> {
  const found = new Map<string, CommitLine>()
  const commits = [...new Set(ids.map(commitId))]
  for (let at = 0; at < commits.length; at += mostWords) {
    const words = [
      'log',
      '--no-walk=unsorted',
      '--ignore-missing',
      ...format(),
      ...commits.slice(at, at + mostWords),
      '--',
    ]
    for (const line of linesOf(await asked('log', bare(gitDir).raw(words)))) found.set(line.commit, line)
  }
  return found
}

/** What leads from one commit to the other, the newest first. */
export async function commitsBetween(
  gitDir: string,
  from: CommitId,
  to: CommitId,
  most: number,
): Promise<CommitBetween[]> {
  const words = ['log', '--left-right', `--max-count=${most}`, ...format(), `${from}...${to}`, '--']
  return linesOf(await asked('log', bare(gitDir).raw(words)))
}

export async function changedFiles(gitDir: string, from: CommitId, to: CommitId): Promise<FileChange[]> {
  const text = await asked(
    'diff',
    bare(gitDir).raw(['diff', '--numstat', '-z', '--no-renames', ...plainly, from, to, '--']),
  )
  return text.split('\0').flatMap(line => {
    const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(line) ?? []
    return path === undefined ? [] : [{ path, insertions: counted(added), deletions: counted(removed) }]
  })
}

export const diffText = (gitDir: string, from: CommitId, to: CommitId): Promise<string> =>
  asked('diff', bare(gitDir).diff(['--find-renames', ...plainly, from, to, '--']))

/** For people: `file | 3 ++-`. */
export const diffStat = (gitDir: string, from: CommitId, to: CommitId): Promise<string> =>
  asked('diff', bare(gitDir).diff(['--stat=100', '--find-renames', ...plainly, from, to, '--']))

/** Every branch and tag of another repository. `url`: one that `isFetchUrl`. Throws GIT_FAILED. */
export async function fetchAll(gitDir: string, url: string): Promise<void> {
  const words = ['--quiet', '--', url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
  await asked(
    'fetch',
    opened(gitDir, { GIT_DIR: gitDir }, { abort: AbortSignal.timeout(fetchMilliseconds) }).fetch(words),
  )
}

export type { SimpleGit }

/** The clone that somebody stands in, as git would have it there. It may be told which program of ours receives what it pushes. */
export const clonePorcelain = (folder: string): SimpleGit => opened(folder, {}, { unsafe: { allowUnsafePack: true } })

/** The answer of a task, or the error that our other git calls would have thrown. */
export async function asked<T>(word: string, task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    const text = (error as Error).message.replace(/(:\/\/[^\s:/@]*:)[^\s/@]+@/g, '$1********@')
    const missing = /\bENOENT\b/.test(text) ? { spawnError: text } : {}
    const nothing = new Uint8Array()
    checkedOutput(
      { status: 128, killedBy: null, timedOut: false, pid: 0, stdout: nothing, stderr: Buffer.from(text), ...missing },
      [word],
    )
    throw error
  }
}

/** Words of one command line: far below what the kernel takes. */
const mostWords = 1000
const fetchMilliseconds = 600_000

/** No program that attributes or a configuration name has a say in what is shown. */
const plainly = ['--no-ext-diff', '--no-textconv', '--no-color', '--submodule=short'] as const

/** No text of a commit has a NUL in it. */
const format = (): string[] => [
  '-z',
  '--no-color',
  '--no-mailmap',
  '--no-show-signature',
  '--decorate-refs=refs/tags/*',
  '--format=%m%x00%H%x00%an%x00%s%x00%D',
]

function linesOf(text: string): CommitBetween[] {
  const fields = text.split('\0')
  const lines: CommitBetween[] = []
  for (let at = 0; at + 4 < fields.length; at += 5) {
    const [side, commit = '', author = '', subject = '', tags = ''] = fields.slice(at, at + 5)
    lines.push({
      commit: commitId(commit),
      author: shownLine(author),
      subject: shownLine(subject),
      tags: tags.split(', ').flatMap(one => (one.startsWith('tag: ') ? [one.slice(5)] : [])),
      isNew: side !== '<',
    })
  }
  return lines
}

const counted = (text: string | undefined): number | null => (text === undefined || text === '-' ? null : Number(text))

/** A repository of ours: nothing of who asks counts in it. */
const bare = (gitDir: string): SimpleGit =>
  opened(gitDir, { GIT_DIR: gitDir, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' })

function opened(
  folder: string,
  more: Readonly<Record<string, string>>,
  { abort, unsafe }: Partial<SimpleGitOptions> = {},
): SimpleGit {
  const env = Object.fromEntries(
    Object.entries({ ...cleanEnvironment(), ...more }).filter(([name]) => !unwanted.has(name.toLowerCase())),
  )
  return simpleGit({
    baseDir: folder,
    binary: program('git'),
    trimmed: false,
    config: ['core.hooksPath=/dev/null'],
    allowEnvironment: Object.keys(env).filter(name => name.startsWith('GIT_')),
    ...(abort && { abort }),
    // Where the configuration is, and that no hook is run, we say ourselves; what speaks ssh, whoever set corpus up.
    unsafe: {
      allowUnsafeConfigPaths: 'GIT_CONFIG_GLOBAL' in env,
      allowUnsafeHooksPath: true,
      allowUnsafeSshCommand: 'GIT_SSH' in env || 'GIT_SSH_COMMAND' in env,
      allowUnsafeExec: 'GIT_EXEC_PATH' in env,
      ...unsafe,
    },
  }).env(env)
}

/** Nobody is there to be asked, and no page is turned. */
const unwanted = new Set(['editor', 'visual', 'pager', 'prefix', 'ssh_askpass'])
