/**
 * What of a push is prefetched before its request is there: pre-receive has let it pass, and git moves the refs meanwhile.
 * The lock is taken and git brings the prepared copy to the commit; if the refs do not move, that is taken back.
 */

import { existsSync, type FSWatcher, renameSync, rmSync, watch } from 'node:fs'
import { basename, join } from 'node:path'
import type { ModeName } from '../configuration/platform.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { treeKind } from '../deployment/tree-kind.ts'
import { spaceAt } from '../disk/space.ts'
import { looseTop } from '../git/loose.ts'
import { type PrefetchedTree, prefetchTree, retry, takeBack } from '../git/prefetch.ts'
import { discardPreparedTree, preparedOrigin } from '../git/prepared-tree.ts'
import { isFolder } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { runningRelease, treeOf } from '../pipeline/history.ts'
import { callPipe, forsakenMoves, isForsaken } from '../pipeline/next-folder.ts'
import { waiting } from '../pipeline/queue.ts'
import { loadConfiguration, type ProjectConfiguration } from '../project/configuration.ts'
import { isPlainPillar } from '../project/pillar.ts'
import { treeInUse } from '../project/tree.ts'
import type { Helper } from '../shell/helper.ts'
import type { Lock } from '../shell/lock.ts'
import type { Start } from '../shell/shell.ts'
import { leftBehind } from './left-behind.ts'

/** What pre-receive says of it. */
export interface PrefetchRequest {
  /** The folder that will be the deployment's, `deployments/soon.<process id of git>`: a name on disk that hooks of before know. */
  readonly mark: string
  /** Null where there is nothing to begin with before its request is there. */
  readonly commit: string | null
  /** The folder of objects in which the push waits; null where it may be gone already. */
  readonly quarantine: string | null
}

/** What was begun for it, under the lock. */
export interface Begun {
  readonly lock: Lock
  readonly prefetched: Prefetched
}

/** What is known of a deployment before it is asked for. */
export interface Prefetched {
  /** The copy on its way to the commit. */
  readonly prefetchedTree: PrefetchedTree | null
  /** The configuration as it stands, where it can be read. */
  readonly configuration: ProjectConfiguration | null
  readonly foldersWithWork: Map<string, boolean>
}

const longestWait = 5000

/** Null where another holds the lock, or no request came: then there is nothing to take back any more. */
export async function begin(
  layout: ProjectLayout,
  { mark, commit, quarantine }: PrefetchRequest,
  { helper, installers, home }: { readonly helper?: Helper | undefined; installers: string; home: string },
): Promise<Begun | null> {
  const { root, name } = layout
  if (commit !== null && existsSync(callPipe(mark))) helper?.standReady({ home, root, name, mark })
  const lock = helper ? await helper.take(layout.lock) : null
  if (!helper || lock === null) {
    await requestComes(layout, mark)
    return null
  }
  // A project of before: what is prefetched would not be there.
  const isNext = existsSync(layout.savedConfiguration) && waiting(layout).length === 0 && leftBehind(layout) === null
  // What git needs to move the refs is not to be taken by what may not fit.
  const isMeant = isNext && commit !== null && spaceAt(layout.home).freeBytes > littleBytes
  const prefetchedTree = isMeant ? prefetchCommit(layout, helper.run, { commit, quarantine }) : null
  // Read while git moves the refs, for whoever asks before the verdict.
  if (isMeant) looseTop(storesOf(layout, quarantine), commit)
  const foldersWithWork = new Map<string, boolean>()
  const configuration = isNext ? await prefetchConfiguration(layout, installers, foldersWithWork) : null
  if (await requestComes(layout, mark)) {
    const usable =
      prefetchedTree && (await leavesRoom(layout, prefetchedTree)) ? retry(helper.run, prefetchedTree) : null
    return { lock, prefetched: { prefetchedTree: usable, configuration, foldersWithWork } }
  }
  if (prefetchedTree !== null) {
    await takeBack(helper.run, prefetchedTree)
    if (preparedOrigin(layout.preparedTree) === undefined) discardPreparedTree(layout.preparedTree)
  }
  lock.release()
  return null
}

/** Git has moved the objects by the time of the second one, or will have. */
function storesOf({ projectGit }: ProjectLayout, quarantine: string | null): readonly string[] {
  const objects = join(projectGit, 'objects')
  return quarantine === null ? [objects] : [join(objects, quarantine), objects]
}

/** Where git may have filled the disk, its copy goes: the deployment needs room to say so, and to be taken back. */
async function leavesRoom(layout: ProjectLayout, prefetchedTree: PrefetchedTree): Promise<boolean> {
  if (spaceAt(layout.home).freeBytes > littleBytes || (await prefetchedTree.done)) return true
  discardPreparedTree(layout.preparedTree)
  return false
}

const littleBytes = 64_000_000

/**
 * Reads what the deployment would read first. What is wrong with it, the deployment will say. Git may still refuse the
 * push: a template in the pillar, which may run commands, is left to the deployment.
 */
async function prefetchConfiguration(
  layout: ProjectLayout,
  installers: string,
  foldersWithWork: Map<string, boolean>,
): Promise<ProjectConfiguration | null> {
  if (!isPlainPillar(layout.pillar)) return null
  try {
    const tree = treeInUse(layout)
    const read = await loadConfiguration(layout, tree, installers)
    treeKind({ ...read, mode: settingOf(read.cfg, 'mode') as ModeName, foldersWithWork }, tree)
    return read
  } catch {
    return null
  }
}

/** Git brings the prepared copy of the running release to a commit; null where there is none. */
export function prefetchCommit(
  layout: ProjectLayout,
  start: Start,
  { commit, quarantine }: { readonly commit: string; readonly quarantine: string | null },
): PrefetchedTree | null {
  const previous = runningRelease(layout)
  if (!previous?.tree || previous.commit === null) return null
  const running = { release: treeOf(layout, previous.tree), commit: previous.commit }
  return prefetchTree(start, layout.preparedTree, layout.projectGit, running, commit, quarantine)
}

/** Waits for any request. Git still has to move the refs, and may refuse to: then none comes. */
async function requestComes(layout: ProjectLayout, mark: string): Promise<boolean> {
  return comes(layout, mark, () => waiting(layout).length > 0)
}

/** Whether the push that is prefetched is still on its way when others were served; waits until its folder has got its name. */
export async function stillComes(layout: ProjectLayout, { mark }: PrefetchRequest): Promise<boolean> {
  if (!isFolder(mark) || !(await comes(layout, mark, () => !isFolder(mark)))) return false
  // The request follows upon the name, unless another runner has taken it by now.
  for (let round = 0; round < 20 && waiting(layout).length === 0; round++)
    await new Promise(resolve => setTimeout(resolve, 5))
  return waiting(layout).length > 0
}

/** False where git has ended without it, or takes too long. */
async function comes(layout: ProjectLayout, mark: string, isThere: () => boolean): Promise<boolean> {
  const until = Date.now() + longestWait
  const queue = newsOf(layout.queue)
  try {
    while (!isThere()) {
      if (Date.now() > until || (isForsaken(mark) && !isThere())) {
        putFolderBack(layout, mark)
        return false
      }
      await queue.news()
    }
    return true
  } finally {
    queue.close()
  }
}

/** News of a folder: told by the kernel, or looked for each millisecond where it has no watch left to give. */
function newsOf(folder: string): { news(): Promise<void>; close(): void } {
  let tell = () => {}
  let watcher: FSWatcher | null = null
  try {
    watcher = watch(folder, () => tell()).on('error', () => {})
  } catch {
    // Then the clock has to do.
  }
  const pause = watcher ? 20 : 1
  return {
    news: () =>
      new Promise<void>(resolve => {
        const timer = setTimeout(resolve, pause)
        tell = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    close: () => watcher?.close(),
  }
}

function putFolderBack(layout: ProjectLayout, mark: string): void {
  // Where git died, what it may have moved is to be taken back first.
  if (forsakenMoves(layout).some(move => move.mark === mark)) return
  try {
    if (isFolder(layout.nextDeployment)) rmSync(mark, { recursive: true, force: true })
    else renameSync(mark, layout.nextDeployment)
  } catch {
    // the hook took it back itself
  }
}

/** Reads `soon MARK COMMIT QUARANTINE`, the words in which the agent hands a prefetch on. */
export function prefetchRequestOf(layout: ProjectLayout, words: readonly string[]): PrefetchRequest | undefined {
  const [verb, mark = '', commit = '', quarantine = ''] = words
  if (verb !== 'soon') return undefined
  return { mark: `${layout.deployments}/${basename(mark)}`, commit, quarantine }
}
