/** Sends how a deployment ended; loaded only where the configuration names a means. */
import { hostname } from 'node:os'
import { environmentSecrets } from '../configuration/environment.ts'
import { readSaved } from '../configuration/saved.ts'
import { secretValues } from '../configuration/secrets.ts'
import type { Emit, EndState } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Notice } from '../notify/notice.ts'
import { sendNotice } from '../notify/send.ts'
import { currentRelease, type DeploymentRecord } from '../pipeline/history.ts'
import type { Dict } from '../python/dict.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import { localShell } from '../shell/local.ts'
import type { Account } from '../shell/shell.ts'
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
  return () => send({ cfg, account, emit, secrets: environmentSecrets(environment.variables) }, notice)
}

/** The same of a deployment that never began (superseded, or with a configuration that cannot be read): the means are those of the last one. */
export async function tellUnopened(layout: ProjectLayout, record: DeploymentRecord, emit: Emit): Promise<void> {
  const cfg = readSaved(layout.savedConfiguration).snapshot
  if (!cfg?.get('notifications') || record.status === 'running') return
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
  const account = isRoot() ? findAccount(String(cfg.get('user'))) : null
  await send({ cfg, account, emit, secrets: [] }, notice)
}

interface Sender {
  readonly cfg: Dict
  readonly account: Account | null
  readonly emit: Emit
  readonly secrets: readonly string[]
}

async function send({ cfg, account, emit, secrets }: Sender, notice: Notice): Promise<void> {
  const deliveries = await sendNotice({
    // Not the deployment's own wall: what it runs for a cancelled deployment must not be cancelled with it.
    shell: localShell,
    notifications: cfg.get('notifications'),
    secrets: [...secretValues(cfg), ...secrets],
    ...(account ? { user: account } : {}),
    notice,
  })
  for (const { to, error, attempts } of deliveries) {
    if (error === null) note({ emit }, `told ${to}`)
    else note({ emit }, `${to} was not told after ${attempts} tries: ${error}`, 'warning')
  }
}
