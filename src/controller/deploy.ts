/** Deployments on request: deploy, one procedure alone, going back. */

import { existsSync } from 'node:fs'
import { settingOf } from '../configuration/settings/index.ts'
import { firstBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type ReleaseId, shown } from '../kernel/names.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { currentRelease, deploymentIds, keptReleases, readRecord, runningRelease } from '../pipeline/history.ts'
import { ranBefore } from '../pipeline/numbers.ts'
import { checkChoice } from '../pipeline/plan.ts'
import { putRequest, type Request, type RequestKind } from '../pipeline/queue.ts'
import { branchesToPush } from '../project/hook-settings.ts'
import { treeInUse } from '../project/tree.ts'
import { type Context, openProject, releaseToBegin } from './context.ts'
import { installersOf } from './installed.ts'
import { startRunner } from './start-runner.ts'

export interface DeployChoice {
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
  readonly plan?: boolean | undefined
  readonly restart?: boolean | undefined
  readonly verbose?: boolean | undefined
  readonly arguments?: Readonly<Record<string, string>> | undefined
}

export interface Begun {
  readonly layout: ProjectLayout
  readonly release: ReleaseId
}

/** Throws PROCEDURE_UNKNOWN before anything is asked for. */
export async function deploy(context: Context, name: string, by: string, choice: DeployChoice = {}): Promise<Begun> {
  if (choice.only?.length === 0) throw new CorpusError('USAGE', 'No procedure was named.')
  checkChoice(procedureNames, choice)
  const layout = await openProject(context, name)
  if (choice.plan !== true) await needSomething(context, layout)
  return begin(context, layout, { kind: 'deploy', by, ...choice })
}

/** Where nothing was ever pushed there is nothing to begin, and nothing to go back from. */
async function needSomething(context: Context, layout: ProjectLayout): Promise<void> {
  if (currentRelease(layout) !== null || firstBranch(layout.projectGit, branchesToPush(layout)) !== null) return
  const { loadConfiguration } = await import('../project/configuration.ts')
  const { cfg } = await loadConfiguration(layout, treeInUse(layout), installersOf(context))
  if (settingOf(cfg, 'mode') !== 'editable')
    throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was pushed to ${layout.name} yet.`)
}

/** One procedure alone, on the release that runs. */
export async function runProcedure(context: Context, name: string, by: string, procedure: string): Promise<Begun> {
  return begin(context, await openProject(context, name), { kind: 'procedure', by, only: [procedure] })
}

/** Back to a kept release; without one, to the release before the one that runs. */
export async function rollBack(
  context: Context,
  name: string,
  by: string,
  to?: string,
  withData = false,
): Promise<Begun> {
  const layout = await openProject(context, name)
  const target = to === undefined ? releaseBefore(layout) : keptRelease(layout, to)
  const data = withData ? await dataOf(layout, target) : undefined
  return begin(context, layout, { kind: 'rollback', by, target, data })
}

/** The data that was kept with a release, or the newest that is kept, below the release that runs. */
export async function restoreData(context: Context, name: string, by: string, from?: string): Promise<Begun> {
  const layout = await openProject(context, name)
  const target = running(layout)
  const data = await dataOf(layout, from === undefined ? undefined : keptRelease(layout, from))
  return begin(context, layout, { kind: 'rollback', by, target, data })
}

/** The data of a backup, below the release that runs. */
export async function restoreFromBackup(context: Context, name: string, by: string, backup: string): Promise<Begun> {
  const layout = await openProject(context, name)
  return begin(context, layout, { kind: 'rollback', by, target: running(layout), backup })
}

async function dataOf(layout: ProjectLayout, release: ReleaseId | undefined): Promise<ReleaseId> {
  return (await import('../deployment/data.ts')).releaseWithData(layout, release)
}

function running(layout: ProjectLayout): ReleaseId {
  const release = currentRelease(layout)
  if (release === null) throw new CorpusError('NOTHING_RUNS', `Nothing of ${layout.name} was deployed yet.`)
  return release
}

async function begin(
  context: Context,
  layout: ProjectLayout,
  request: Omit<Request, 'release' | 'branch' | 'before' | 'commit'>,
): Promise<Begun> {
  const release = releaseToBegin(context)
  putRequest(layout, { release, branch: null, before: null, commit: null, ...request })
  await startRunner(context, layout)
  return { layout, release }
}

/** What served before, as the book has it: who goes back twice is where they were. */
function releaseBefore(layout: ProjectLayout): ReleaseId {
  const current = runningRelease(layout)
  const older = keptReleases(layout).filter(release => current !== null && release < current.release)
  const target = [...ranBefore(layout), current?.previous ?? null, ...older].find(
    release => release !== null && current !== null && release !== current.release && isUsable(layout, release),
  )
  if (target == null) {
    throw new CorpusError('NOTHING_TO_GO_BACK_TO', `${layout.name} has no kept release beside the one that runs.`)
  }
  return target
}

/** A release by its name (`v12`), its id, a beginning of the id that only one has, its commit, or the word `previous`. */
function keptRelease(layout: ProjectLayout, text: string): ReleaseId {
  if (text === 'previous') return releaseBefore(layout)
  const kept = keptReleases(layout)
  const [only, other] = releasesNamed(layout, text, kept)
  if (other !== undefined)
    throw new CorpusError('RELEASE_UNKNOWN', `${shown(text)} is the beginning of several releases of ${layout.name}.`)
  const meant = only ?? releaseOfCommit(layout, text, kept)
  if (meant === undefined || !isUsable(layout, meant)) {
    const known = releasesNamed(layout, text, deploymentIds(layout)).length > 0
    const usable = kept.filter(release => isUsable(layout, release)).map(release => lineOf(layout, release))
    throw new CorpusError(
      'RELEASE_UNKNOWN',
      `${shown(text)} is not a release of ${layout.name} that can be gone back to.`,
      {
        detail: [
          ...(known ? ['It failed, or its tree was rotated away.'] : []),
          ...(usable.length > 0 ? [`Those that can: ${usable.join(', ')}`] : []),
        ].join('\n'),
      },
    )
  }
  return meant
}

/** Those among `ids` that somebody may mean by `v12`, an id or the beginning of one. */
export function releasesNamed(layout: ProjectLayout, text: string, ids: readonly ReleaseId[]): ReleaseId[] {
  const number = /^[vV](\d{1,7})$/.exec(text)?.[1]
  if (number !== undefined) return ids.filter(id => readRecord(layout, id)?.number === Number(number))
  return text.length < 8 ? [] : ids.filter(id => id.startsWith(text))
}

/** The newest of a commit that is named by at least seven of its digits. `kept`: the newest first. */
function releaseOfCommit(layout: ProjectLayout, text: string, kept: readonly ReleaseId[]): ReleaseId | undefined {
  if (!/^[0-9a-f]{7,40}$/.test(text)) return undefined
  return kept.find(release => readRecord(layout, release)?.commit?.startsWith(text) && isUsable(layout, release))
}

function lineOf(layout: ProjectLayout, release: ReleaseId): string {
  const record = readRecord(layout, release)
  const commit = record?.commit ? ` (${record.commit.slice(0, 10)})` : ''
  return `${record?.number ? `v${record.number}` : release}${commit}`
}

/** Whether it can be gone back to. */
export const isUsable = (layout: ProjectLayout, release: ReleaseId): boolean =>
  readRecord(layout, release)?.status === 'succeeded' && existsSync(layout.tree(release))

/** Kinds of requests whose deployments make releases. */
export const releaseKinds: readonly RequestKind[] = ['push', 'deploy', 'pillar']
