/** The project's lock, for requests that change it without a deployment. */

import { CorpusError } from '../kernel/errors.ts'
import { makeFolders } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type Lock, takeLock } from '../shell/lock.ts'

/** Waits a little for a deployment that is about to end. Throws PROJECT_BUSY. */
export function lockProject(layout: ProjectLayout, waitSeconds = 5): Lock {
  // Somebody may have removed it, with all that it said of deployments.
  makeFolders(layout.deployments, 0o750)
  const lock = takeLock(layout.lock, waitSeconds)
  if (lock === null) throw new CorpusError('PROJECT_BUSY', `A deployment of ${layout.name} is under way.`)
  return lock
}
