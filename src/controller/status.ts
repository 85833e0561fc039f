/** What runs: the answer at three in the morning. */
import { existsSync } from 'node:fs'
import { runningProcesses } from '../deployment/processes.ts'
import { doesAnswer } from '../ingress/answers.ts'
import { certificateWord } from '../ingress/asked.ts'
import { ingressPlace } from '../ingress/place.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { currentRelease, type DeploymentRecord, readHistory, readRecord } from '../pipeline/history.ts'
import { isStateFile, readJournal, stepsUnderWay } from '../pipeline/journal.ts'
import { runningDeployment } from './cancel.ts'
import { type Context, openProject, projectNames } from './context.ts'
import { fromIndex, paysOff } from './indexed.ts'
import { scaledToZero } from './scaled.ts'

interface ProcessStatus {
  readonly name: string
  readonly pid: number | null
  readonly state: string
  readonly address: string | null
}

/**
 * `new`: nothing was deployed; `live`: a release serves; `degraded`: one of its processes is not up, or its address does not answer; `deploying`;
 * `scaled to 0`: none of its processes is to run; `frozen`: live, and nothing may be deployed; `broken`: the last rollback failed.
 */
type ProjectState = 'new' | 'live' | 'degraded' | 'scaled to 0' | 'deploying' | 'frozen' | 'broken'

export interface ProjectStatus {
  readonly name: string
  readonly mode: string
  /** What installs and starts it, and for `auto` why: `nodejs, because of package.json`. */
  readonly installer: string
  readonly state: ProjectState
  readonly release: ReleaseId | null
  /** `v12`: how people name that release. */
  readonly release_name: string | null
  readonly commit: string | null
  readonly subject: string | null
  /** Where it answers; null where nothing does. */
  readonly url: string | null
  /** Where it should answer, and does not. */
  readonly silent_url: string | null
  /** How it stands with a public certificate that is not there; null where none is waited for. */
  readonly certificate: string | null
  readonly processes: readonly ProcessStatus[]
  readonly deployment: { readonly release: ReleaseId; readonly procedure: string | null; readonly pid: number } | null
}

export async function status(context: Context, name: string): Promise<ProjectStatus> {
  const layout = await openProject(context, name)
  return statusOf(context, layout, newestStatus(layout))
}

/** Every project, without its processes. */
export async function list(context: Context): Promise<Omit<ProjectStatus, 'processes'>[]> {
  const layouts = await Promise.all(projectNames(context).map(name => openProject(context, name)))
  const known = await knownStatuses(context, layouts)
  // All at once: each may have to wait for an answer.
  return Promise.all(
    layouts.map(async layout => {
      const newest = known?.has(layout.name) ? known.get(layout.name) : newestStatus(layout)
      const { processes: _, ...rest } = await statusOf(context, layout, newest)
      return rest
    }),
  )
}

/** How the newest deployment stands. */
type Newest = DeploymentRecord['status'] | undefined

const newestStatus = (layout: ProjectLayout): Newest => readHistory(layout)[0]?.status

/** Undefined where the files are to answer. */
async function knownStatuses(
  context: Context,
  layouts: readonly ProjectLayout[],
): Promise<ReadonlyMap<string, Newest> | undefined> {
  if (!paysOff(layouts)) return undefined
  return fromIndex(context, (index, store) => index.newestStatuses(store, layouts))
}

async function statusOf(context: Context, layout: ProjectLayout, newest: Newest): Promise<ProjectStatus> {
  const current = currentRelease(layout)
  const record = current === null ? undefined : readRecord(layout, current)
  const running = runningDeployment(layout)
  const processes = (await runningProcesses(layout, context.shell)).map(one => ({
    name: `${one.process}.${one.number}`,
    pid: one.pid,
    state: one.state,
    address: one.address ? `${one.address.host}:${one.address.port}` : null,
  }))
  const zero = scaledToZero(layout)
  const told = record?.url ?? null
  const answers = told !== null && (await doesAnswer(told))
  const silent = told === null || answers || zero.has('web') ? null : told
  return {
    name: layout.name,
    mode: record?.mode || modeSetting(layout),
    installer: installerSetting(layout),
    state: stateOf(layout, current, {
      newest,
      deploying: running !== null,
      processes,
      isSilent: silent !== null,
      zero,
    }),
    release: current,
    release_name: record?.number ? `v${record.number}` : null,
    commit: record?.commit ?? null,
    subject: record?.subject ?? null,
    url: answers ? told : null,
    silent_url: silent,
    certificate: certificateWord(ingressPlace(layout.root), layout.name),
    processes,
    deployment: running && {
      release: running.release,
      procedure: procedureUnderWay(layout, running.release),
      pid: running.pid,
    },
  }
}

interface Facts {
  readonly newest: Newest
  readonly deploying: boolean
  readonly processes: readonly ProcessStatus[]
  readonly isSilent: boolean
  readonly zero: ReadonlySet<string>
}

function stateOf(
  layout: ProjectLayout,
  current: ReleaseId | null,
  { newest, deploying, processes, isSilent, zero }: Facts,
): ProjectState {
  if (deploying) return 'deploying'
  if (newest === 'rollback failed') return 'broken'
  if (existsSync(layout.frozen)) return 'frozen'
  if (current === null) return 'new'
  if (processes.length === 0 && zero.size > 0 && !isSilent) return 'scaled to 0'
  return !isSilent && processes.every(one => one.state === 'running') ? 'live' : 'degraded'
}

/** Before the first deployment nothing but the saved settings knows the mode. */
function modeSetting(layout: ProjectLayout): string {
  return /"mode":\s*"(\w+)"/.exec(textIfThere(layout.savedConfiguration) ?? '')?.[1] ?? 'cooking'
}

/** As it was when the project was last deployed, or set. */
function installerSetting(layout: ProjectLayout): string {
  const text = textIfThere(layout.savedConfiguration) ?? ''
  return /"installer_chosen":\s*"([^"]*)"/.exec(text)?.[1] ?? /"installer":\s*"([^"]*)"/.exec(text)?.[1] ?? 'generic'
}

const procedureUnderWay = (layout: ProjectLayout, release: ReleaseId): string | null =>
  stepsUnderWay(readJournal(layout.deployment(release).journal)).findLast(step => !isStateFile(step)) ?? null
