/** What one release has changed against another: commits, files, and the lines of them. */
import {
  type CommitBetween,
  changedFiles,
  commitLines,
  commitsBetween,
  diffStat,
  diffText,
  type FileChange,
} from '../git/porcelain.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type CommitId, commitId, type ReleaseId, shown } from '../kernel/names.ts'
import { type DeploymentRecord, readHistory, runningRelease } from '../pipeline/history.ts'
import { nameOf, ranBefore } from '../pipeline/numbers.ts'
import { type Context, openProject } from './context.ts'
import { releasesNamed } from './deploy.ts'

export interface ReleaseSide {
  /** `v12`. */
  readonly name: string
  readonly release: ReleaseId
  readonly commit: CommitId
  readonly author: string
  readonly subject: string
  readonly tags: readonly string[]
}

interface Difference {
  readonly from: ReleaseSide
  readonly to: ReleaseSide
  /** Whether they have different pillars: those are private, and not shown. */
  readonly pillar_differs: boolean
  /** The newest first, and no more than `mostCommits`. */
  readonly commits: readonly CommitBetween[]
  readonly files: readonly FileChange[]
}

export interface Shown {
  readonly difference: Difference
  /** There may be more commits than are answered. */
  readonly isCut: boolean
  readonly stat: string
  /** Null where it was not wanted, or is more than anybody reads. */
  readonly text: string | null
}

const mostCommits = 200
/** Beyond it one looks into a clone. */
const mostLines = 50_000

/** From the first release to the second; without a second to what runs; without any from what ran before. Throws RELEASE_UNKNOWN, NOTHING_TO_COMPARE. */
export async function diff(
  context: Context,
  name: string,
  named: readonly [from?: string, to?: string],
  wantsText: boolean,
): Promise<Shown> {
  const layout = await openProject(context, name)
  const [from, to] = await sidesOf(layout, named)
  const { projectGit } = layout
  const files = await changedFiles(projectGit, from.commit, to.commit)
  const difference: Difference = {
    from: from.side,
    to: to.side,
    pillar_differs: from.record.pillar_commit !== to.record.pillar_commit,
    commits: await commitsBetween(projectGit, from.commit, to.commit, mostCommits),
    files,
  }
  const lines = files.reduce((sum, file) => sum + (file.insertions ?? 0) + (file.deletions ?? 0), 0)
  return {
    difference,
    isCut: difference.commits.length === mostCommits,
    stat: await diffStat(projectGit, from.commit, to.commit),
    text: wantsText && lines <= mostLines ? await diffText(projectGit, from.commit, to.commit) : null,
  }
}

interface Side {
  readonly record: DeploymentRecord
  readonly commit: CommitId
  readonly side: ReleaseSide
}

async function sidesOf(layout: ProjectLayout, [first, second]: readonly [string?, string?]): Promise<[Side, Side]> {
  const history = readHistory(layout).filter(record => record.commit !== null)
  const from = first === undefined ? before(layout, history) : recordNamed(layout, history, first)
  const to = second === undefined ? running(layout) : recordNamed(layout, history, second)
  const records = [from, to].map(record => ({ record, commit: committed(layout, record) }))
  const lines = await commitLines(
    layout.projectGit,
    records.map(one => one.commit),
  )
  const [one, other] = records.map(({ record, commit }): Side => {
    const line = lines.get(commit)
    if (line === undefined)
      throw new CorpusError('RELEASE_UNKNOWN', `The commit of ${nameOf(record)} is not kept any more.`)
    const { author, subject, tags } = line
    return { record, commit, side: { name: nameOf(record), release: record.release, commit, author, subject, tags } }
  })
  return [one as Side, other as Side]
}

function committed({ name }: ProjectLayout, record: DeploymentRecord): CommitId {
  if (record.commit === null)
    throw new CorpusError('NOTHING_TO_COMPARE', `${nameOf(record)} of ${name} was made of no commit.`)
  return commitId(record.commit)
}

function running(layout: ProjectLayout): DeploymentRecord {
  const record = runningRelease(layout)
  if (record === null) throw new CorpusError('NOTHING_RUNS', `Nothing of ${layout.name} was deployed yet.`)
  return record
}

/** What served before, whether it is kept or not; else what was deployed before. */
function before(layout: ProjectLayout, history: readonly DeploymentRecord[]): DeploymentRecord {
  const current = running(layout)
  const served = ranBefore(layout).find(release => release !== current.release)
  const record =
    history.find(one => one.release === served) ??
    history.find(one => one.release < current.release && one.status === 'succeeded')
  if (record === undefined)
    throw new CorpusError('NOTHING_TO_COMPARE', `${nameOf(current)} is the first release of ${layout.name}.`)
  return record
}

/** By its name (`v12`), its id, a beginning of the id or of the commit. */
function recordNamed(layout: ProjectLayout, history: readonly DeploymentRecord[], text: string): DeploymentRecord {
  if (text === 'previous') return before(layout, history)
  const ids = history.map(record => record.release)
  const [only, other] = releasesNamed(layout, text, ids)
  if (other !== undefined)
    throw new CorpusError('RELEASE_UNKNOWN', `${shown(text)} is the beginning of several releases of ${layout.name}.`)
  const byCommit = /^[0-9a-f]{7,64}$/.test(text) ? (one: DeploymentRecord) => one.commit?.startsWith(text) : () => false
  const record = history.find(one => one.release === only) ?? history.find(byCommit)
  if (record === undefined)
    throw new CorpusError(
      'RELEASE_UNKNOWN',
      `${shown(text)} is not a release of ${layout.name} that a commit was kept of.`,
    )
  return record
}
