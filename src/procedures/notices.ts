/** Sends how a deployment ended; loaded only where the configuration names a means. */
import { hostname } from 'node:os'
import { secretValues } from '../configuration/secrets.ts'
import type { EndState } from '../kernel/events.ts'
import { sendNotice } from '../notify/send.ts'
import { currentRelease } from '../pipeline/history.ts'
import { localShell } from '../shell/local.ts'
import { type Deployment, note } from './deployment.ts'

/** Never throws: a notifier that fails is told of, and fails no deployment. */
export async function notifyOf(deployment: Deployment, state: EndState): Promise<void> {
  const { layout, cfg, request, fault, previous } = deployment
  const failed = deployment.fault === null ? null : (deployment.failedProcedure ?? null)
  const deliveries = await sendNotice({
    // Not the deployment's own wall: what it runs for a cancelled deployment must not be cancelled with it.
    shell: localShell,
    notifications: cfg.get('notifications'),
    secrets: secretValues(cfg),
    ...(deployment.account ? { user: deployment.account } : {}),
    notice: {
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
      procedure: failed,
      fault,
      running: state === 'rollback failed' ? null : (currentRelease(layout) ?? previous?.release ?? null),
      url: deployment.url,
    },
  })
  for (const { to, error, attempts } of deliveries) {
    note(
      deployment,
      error === null ? `told ${to}` : `${to} was not told after ${attempts} tries: ${error}`,
      error === null ? 'info' : 'warning',
    )
  }
}
