/** Brings the prepared copy to the pushed commit while the deployment is still being opened: nobody waits for git then. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment } from './git.ts'
import { type SpareOrigin, spareOrigin } from './spare.ts'

export interface SpareAhead {
  /** What it was a copy of. */
  readonly origin: SpareOrigin
  /** Where it stands when `done` says true. False: in between, of no use. Never rejects. */
  readonly commit: string
  readonly done: Promise<boolean>
}

/** Starts a command and says its status. */
export type Start = (command: {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Record<string, string>
}) => Promise<number>

/**
 * Null where no copy of that release is prepared, or it stands there already. From here on the spare counts as half
 * made: whoever finds it without this promise makes another.
 */
export function bringAhead(
  start: Start,
  spare: string,
  projectGit: string,
  from: { readonly release: string; readonly commit: string },
  to: string,
): SpareAhead | null {
  const origin = spareOrigin(spare)
  if (origin?.release !== from.release || origin.commit !== from.commit || from.commit === to) return null
  renameSync(join(spare, 'origin'), join(spare, 'moving'))
  const tree = join(spare, 'project')
  const env = { ...cleanEnvironment(), GIT_DIR: projectGit, GIT_WORK_TREE: tree, GIT_INDEX_FILE: join(spare, 'index') }
  const done = start({ argv: ['git', 'read-tree', '-m', '-u', from.commit, to], cwd: tree, env })
  return {
    origin,
    commit: to,
    done: done.then(
      status => status === 0,
      () => false,
    ),
  }
}
