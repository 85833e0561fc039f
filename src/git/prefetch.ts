/** Brings the prepared copy to the pushed commit before the deployment needs it: nobody waits for git then. */
import { join } from 'node:path'
import { program } from '../shell/programs.ts'
import type { Start } from '../shell/shell.ts'
import { checkoutEnvironment } from './git.ts'
import { beginMoving, endMoving, type PreparedOrigin, preparedIndex, preparedOrigin } from './prepared-tree.ts'

export interface PrefetchedTree {
  readonly preparedTree: string
  readonly projectGit: string
  /** What it was a copy of. */
  readonly origin: PreparedOrigin
  /** Where it stands when `done` says true. False: in between, of no use. Never rejects. */
  readonly commit: string
  readonly done: Promise<boolean>
}

/**
 * Null where no copy of that release is prepared, or it stands there already. From here on the prepared tree counts as half
 * made: whoever finds it without this promise makes another. `quarantine`: the folder of objects in which the commit still
 * waits to be let in.
 */
export function prefetchTree(
  start: Start,
  preparedTree: string,
  projectGit: string,
  from: { readonly release: string; readonly commit: string },
  to: string,
  quarantine: string | null = null,
): PrefetchedTree | null {
  const origin = preparedOrigin(preparedTree)
  if (origin?.release !== from.release || origin.commit !== from.commit || from.commit === to) return null
  const objects = join(projectGit, 'objects')
  // Git reads the list of stores with separators and quotes in it.
  if (quarantine !== null && /[:"]/.test(objects)) return null
  const stores: Record<string, string> =
    quarantine === null ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(objects, quarantine) }
  beginMoving(preparedTree)
  const place = { preparedTree, projectGit, origin, commit: to }
  return { ...place, done: move(start, place, ['-m', from.commit, to], stores) }
}

/** Once the commit is let in: git may have looked for an object in the very moment in which it was moved. */
export function retry(start: Start, prefetched: PrefetchedTree): PrefetchedTree {
  const again = () => move(start, prefetched, ['--reset', prefetched.commit])
  return { ...prefetched, done: prefetched.done.then(done => done || again()) }
}

/** Brings the copy back to what it was a copy of: the push that it was prefetched for did not come. */
export async function takeBack(start: Start, prefetched: PrefetchedTree): Promise<void> {
  const { origin } = prefetched
  if ((await prefetched.done) && (await move(start, prefetched, ['--reset', origin.commit])))
    endMoving(prefetched.preparedTree, origin)
}

function move(
  start: Start,
  { preparedTree, projectGit }: Pick<PrefetchedTree, 'preparedTree' | 'projectGit'>,
  [how, ...commits]: readonly [string, ...string[]],
  stores: Record<string, string> = {},
): Promise<boolean> {
  const tree = join(preparedTree, 'project')
  const place = { GIT_DIR: projectGit, GIT_WORK_TREE: tree, GIT_INDEX_FILE: preparedIndex(preparedTree) }
  const env = { ...checkoutEnvironment(), ...place, ...stores }
  return start({ argv: [program('git'), 'read-tree', how, '-u', ...commits], cwd: tree, env }).then(
    status => status === 0,
    () => false,
  )
}
