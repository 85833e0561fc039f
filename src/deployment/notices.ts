/** Sends how a deployment ended; loaded only where the configuration names a means. */

import { hostname } from 'node:os'
import { environmentSecrets } from '../configuration/environment.ts'
import { readSaved } from '../configuration/saved.ts'
import { secretValues } from '../configuration/secrets.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import type { Emit, EndState } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ProcessName, ProjectName } from '../kernel/names.ts'
import type { Notice } from '../notify/notice.ts'
import { sendNotice } from '../notify/send.ts'
import { currentRelease, type DeploymentRecord, readRecord } from '../pipeline/history.ts'
import { accountOf, atHome } from '../project/account.ts'
import { currentEnvironment } from '../project/variables.ts'
import type { Dict } from '../salt/python/dict.ts'
import { jobLogFile } from '../services/jobs.ts'
import { servicesPlace } from '../services/place.ts'
import { localShell } from '../shell/local.ts'
import { type Account, textOf } from '../shell/shell.ts'
import { type Deployment, note } from './deployment.ts'

/** The notice as things stand now; what is returned sends it. It never throws: a notifier that fails is told of in the log. */
export function noticeOf(deployment: Deployment, state: EndState): () => Promise<void> {
  const { layout, cfg, request, previous, account, emit, environment } = deployment
  const notice: Notice = {
    project: layout.name,
    state,
    mode: deployment.mode,
    kind: request.kind,
    release: deployment.release,
    commit: deployment.refused ?? deployment.commit,
    pillar_commit: deployment.pillarCommit,
    branch: deployment.branch,
    by: request.by,
    host: hostname(),
    started_at: deployment.startedAt.toISOString(),
    seconds: (Date.now() - deployment.startedAt.getTime()) / 1000,
    procedure: deployment.fault === null ? null : deployment.failedProcedure,
    fault: deployment.fault,
    running: state === 'rollback failed' ? null : (currentRelease(layout) ?? previous?.release ?? null),
    url: deployment.url,
  }
  return () => send({ layout, cfg, account, emit, secrets: environmentSecrets(environment.variables) }, notice)
}

/** Sends the notice of a deployment that never began (superseded, or with a configuration that cannot be read): the means are those of the last one. */
export async function tellUnopened(layout: ProjectLayout, record: DeploymentRecord, emit: Emit): Promise<void> {
  const cfg = readSaved(layout.savedConfiguration).snapshot
  if (!cfg || !settingOf(cfg, 'notifications') || record.status === 'running') return
  const { status, fault, ...facts } = record
  const notice: Notice = {
    ...facts,
    project: layout.name,
    state: status,
    host: hostname(),
    seconds: record.seconds ?? 0,
    procedure: null,
    fault: fault ?? null,
    running: currentRelease(layout),
  }
  const account = accountOf(cfg)
  await send({ layout, cfg, account, emit, secrets: [] }, notice)
}

/** Sends the notice of a job of `schedule` (or `backup`) that ended with a status other than 0, or by a signal. */
export async function tellOfFailedJob(
  layout: ProjectLayout,
  job: ProcessName,
  status: string,
  emit: Emit,
): Promise<void> {
  const cfg = readSaved(layout.savedConfiguration).snapshot
  const release = currentRelease(layout)
  const record = release && readRecord(layout, release)
  if (!cfg || !settingOf(cfg, 'notifications') || !record) return
  const account = accountOf(cfg)
  const { commit, pillar_commit, branch, mode, url } = record
  const said = await lastLines(layout, job, account)
  const notice: Notice = {
    project: layout.name,
    state: 'failed',
    mode,
    kind: 'job',
    release: record.release,
    commit,
    pillar_commit,
    branch,
    by: 'the clock',
    host: hostname(),
    started_at: new Date().toISOString(),
    seconds: 0,
    procedure: job,
    fault: faultOf(
      new CorpusError('JOB_FAILED', `The job ${job} ended with status ${status}.`, said === '' ? {} : { detail: said }),
    ),
    running: release,
    url,
  }
  const secrets = environmentSecrets(currentEnvironment(layout).variables)
  await send({ layout, cfg, account, emit, secrets }, notice)
}

const linesToldOfAJob = 20

/** As its account: the folder of the log is the account's own, and whose name leads elsewhere is not read by root. */
async function lastLines(layout: ProjectLayout, job: ProcessName, account: Account | null): Promise<string> {
  const place = servicesPlace(layout.root)
  const backup = job === 'backup' ? [`_backup-${layout.name}`] : []
  for (const project of [layout.name, ...backup]) {
    const ended = await localShell.run({
      argv: ['/usr/bin/tail', '-n', String(linesToldOfAJob), '--', jobLogFile(place, project as ProjectName, job)],
      ...(account && project === layout.name ? { user: account } : {}),
    })
    if (ended.status === 0) return textOf(ended.stdout).trimEnd()
  }
  return ''
}

interface Sender {
  readonly layout: ProjectLayout
  readonly cfg: Dict
  readonly account: Account | null
  readonly emit: Emit
  readonly secrets: readonly string[]
}

async function send({ layout, cfg, account, emit, secrets }: Sender, notice: Notice): Promise<void> {
  const deliveries = await sendNotice({
    // Not the deployment's own decorator: what it runs for a cancelled deployment must not be cancelled with it.
    shell: localShell,
    notifications: settingOf(cfg, 'notifications'),
    secrets: [...secretValues(cfg), ...secrets],
    ...(account ? { user: atHome(account, layout) } : {}),
    notice,
  })
  for (const { to, error, attempts } of deliveries) {
    if (error === null) note({ emit }, `told ${to}`)
    else note({ emit }, `${to} was not told after ${attempts} tries: ${error}`, 'warning')
  }
}
