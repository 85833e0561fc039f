/** The log of a deployment, and which one is meant. */
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { shown } from '../kernel/names.ts'
import { deploymentIds } from '../pipeline/history.ts'
import { runningDeployment } from './cancel.ts'
import { type Context, openProject } from './context.ts'

/** The deployment that is named, or the one under way, or the newest. */
export async function deploymentLog(
  context: Context,
  name: string,
  wanted?: string,
): Promise<{ layout: ProjectLayout; release: ReleaseId }> {
  const layout = await openProject(context, name)
  const ids = deploymentIds(layout)
  if (wanted === undefined) {
    const release = runningDeployment(layout)?.release ?? ids[0]
    if (release === undefined) throw new CorpusError('RELEASE_UNKNOWN', `${layout.name} has no deployment yet.`)
    return { layout, release }
  }
  const matching = ids.filter(id => id.startsWith(wanted))
  const [only, other] = matching
  if (only === undefined || other !== undefined) {
    throw new CorpusError(
      'RELEASE_UNKNOWN',
      `${shown(wanted)} is ${only ? 'the beginning of several deployments' : 'not a deployment'} of ${layout.name}.`,
    )
  }
  return { layout, release: only }
}

/** Its events as stamped JSON lines. */
export function eventsText(layout: ProjectLayout, release: ReleaseId): string {
  return textIfThere(layout.deployment(release).events) ?? ''
}
