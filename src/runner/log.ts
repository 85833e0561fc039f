/** What the log of a runner is told of deployments: how each ended, and what went wrong after its verdict. */
import { readSaved } from '../configuration/saved.ts'
import { secretValues } from '../configuration/secrets.ts'
import { faultOf } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import type { DeploymentRecord } from '../pipeline/history.ts'

/** Of the last configuration that could be read. */
export function savedSecrets(layout: ProjectLayout): string[] {
  try {
    return secretValues(readSaved(layout.savedConfiguration).snapshot)
  } catch {
    // It is the saved configuration that cannot be read.
    return []
  }
}

/** What became of a deployment, a line in the log of whoever ran it. Nobody waits for it. */
export async function logEnd(layout: ProjectLayout, record: DeploymentRecord): Promise<void> {
  const log = await logOf(layout)
  const { release, kind, status, seconds, by, commit, fault } = record
  const fields = {
    project: layout.name,
    release,
    kind,
    status,
    seconds,
    by,
    commit,
    ...(fault && { code: fault.code }),
  }
  const isWell = ['succeeded', 'planned', 'superseded'].includes(status)
  log[isWell ? 'info' : 'warn'](fields, `${kind} ${status}${fault ? `: ${fault.message}` : ''}`)
}

/** Work that was to follow a deployment, and failed. */
export async function logFailure(layout: ProjectLayout, release: ReleaseId, error: unknown): Promise<void> {
  const { code, message } = faultOf(error)
  const log = await logOf(layout)
  log.error({ project: layout.name, release, code }, message)
}

const logOf = async (layout: ProjectLayout) =>
  (await import('../log/log.ts')).openLog({ part: 'runner', secrets: savedSecrets(layout) })
