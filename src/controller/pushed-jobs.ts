/** Deployments that nobody asked for by HTTP (pushes, and what is asked for on the machine) as jobs: read from their files, where somebody asks. */
import { existsSync } from 'node:fs'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import type { Fault } from '../kernel/events.ts'
import { textIfThere } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { isReleaseId, type ProjectName, type ReleaseId, releaseId } from '../kernel/names.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { releaseTime } from '../kernel/release.ts'
import { deploymentIds, readRecord } from '../pipeline/history.ts'
import { waiting } from '../pipeline/queue.ts'
import { runningDeployment } from './cancel.ts'
import { projectNames } from './context.ts'
import type { Begun } from './deploy.ts'
import { eventsOf } from './logs.ts'
import type { Asked } from './request.ts'

type State = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted'

/** A job as it is told of. Times are milliseconds since 1970. */
export interface JobTold {
  readonly id: string
  readonly request: string
  readonly project: string | null
  readonly state: State
  readonly progress: number
  readonly error: Fault | null
  readonly by: string
  readonly from: string
  readonly created_at: number
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly events: number
}

/** Of all procedures, those that have come to their end, in percent. */
export const progressOf = (ended: number): number => Math.min(99, (100 * ended) / procedureNames.length)

/** Undefined where no project has a deployment of that id. */
export function pushedNamed(asked: Asked, id: string): Begun | undefined {
  if (!isReleaseId(id)) return undefined
  const release = releaseId(id)
  const layout = projectNames(asked)
    .map(name => projectLayout(asked.root, name))
    .find(one => existsSync(one.deployment(release).folder))
  return layout === undefined || !isJob(layout, release) ? undefined : { layout, release }
}

interface PushedWanted {
  readonly limit: number
  readonly isWanted: (job: Pick<JobTold, 'id' | 'created_at'>) => boolean
  /** Which ids the store has, so that they are told of by it. */
  readonly known: (ids: readonly string[]) => Promise<ReadonlySet<string>>
}

/** The newest of these projects first. */
export async function newestPushed(
  asked: Asked,
  names: readonly ProjectName[],
  { limit, isWanted, known }: PushedWanted,
): Promise<JobTold[]> {
  const all = names
    .map(name => projectLayout(asked.root, name))
    .flatMap(layout => deploymentIds(layout).map(release => ({ layout, release })))
    .filter(({ release }) => isWanted({ id: release, created_at: releaseTime(release).getTime() }))
    // An id begins with its time.
    .sort((a, b) => (a.release < b.release ? 1 : -1))
  const found: JobTold[] = []
  for (let at = 0; at < all.length && found.length < limit; at += limit) {
    const some = all.slice(at, at + limit)
    const elsewhere = await known(some.map(one => one.release))
    found.push(
      ...some
        .filter(({ layout, release }) => !elsewhere.has(release) && isJob(layout, release))
        .map(one => pushedJob(one)),
    )
  }
  return found.slice(0, limit)
}

/** The folder of a push that is only prefetched is there before anybody wants its deployment. */
function isJob(layout: ProjectLayout, release: ReleaseId): boolean {
  const { record, verdict } = layout.deployment(release)
  return existsSync(record) || existsSync(verdict) || isWaiting(layout, release)
}

const isWaiting = (layout: ProjectLayout, release: ReleaseId): boolean =>
  waiting(layout).some(one => one.release === release)

export function pushedJob({ layout, release }: Begun): JobTold {
  const record = readRecord(layout, release)
  const request = waiting(layout).find(one => one.release === release)
  const kind = record?.kind ?? request?.kind ?? 'push'
  const state = stateOf(layout, release)
  const begun = record === undefined ? null : Date.parse(record.started_at)
  const hasEnded = state !== 'queued' && state !== 'running'
  const isWell = state === 'succeeded'
  return {
    id: release,
    request: kind,
    project: layout.name,
    state,
    progress: isWell ? 100 : Math.floor(progressOf(record?.procedures.length ?? 0)),
    error: hasEnded && !isWell ? (record?.fault ?? faultOfState(layout, state)) : null,
    by: record?.by ?? request?.by ?? '',
    from: kind === 'push' || kind === 'pillar' ? 'push' : 'local',
    created_at: releaseTime(release).getTime(),
    started_at: begun,
    ended_at: hasEnded ? Math.round((begun ?? releaseTime(release).getTime()) + 1000 * (record?.seconds ?? 0)) : null,
    events: 1 + eventsOf(layout, release).length,
  }
}

function stateOf(layout: ProjectLayout, release: ReleaseId): State {
  const verdict = textIfThere(layout.deployment(release).verdict)
  if (verdict === undefined) return isRunning(layout, release) ? 'running' : 'queued'
  const [status, ...words] = verdict.trim().split(' ')
  const word = words.join(' ')
  if (status === '0') return 'succeeded'
  const code = readRecord(layout, release)?.fault?.code
  if (word === 'cancelled' || code === 'DEPLOYMENT_CANCELLED') return 'cancelled'
  return word === 'interrupted' || code === 'INTERRUPTED' ? 'interrupted' : 'failed'
}

/** What its dead runner left is under way until the next command about the project takes it back. */
const isRunning = (layout: ProjectLayout, release: ReleaseId): boolean =>
  readRecord(layout, release) !== undefined || runningDeployment(layout)?.release === release

function faultOfState(layout: ProjectLayout, state: State): Fault {
  const code = state === 'cancelled' ? 'DEPLOYMENT_CANCELLED' : 'DEPLOYMENT_FAILED'
  const sentence = state === 'cancelled' ? 'was cancelled' : 'failed'
  return faultOf(new CorpusError(code, `The deployment of ${layout.name} ${sentence}.`), layout.name)
}

/** As the events of a job: the first says which deployment it is. */
export function pushedEvents(
  { layout, release }: Begun,
  from: number,
  limit: number,
): { readonly offset: number; readonly at: number; readonly event: unknown }[] {
  const first = { type: 'begun', project: layout.name, release, at: releaseTime(release).getTime() }
  const all = [first, ...eventsOf(layout, release)]
  return all.slice(from, from + limit).map((event, at) => ({ offset: from + at, at: event.at, event }))
}
