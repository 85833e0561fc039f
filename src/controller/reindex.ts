/** reindex: the index of projects and deployments is read from the files anew; a damaged store is begun anew first. */
import { projectLayout } from '../kernel/layout.ts'
import { type Context, projectNames } from './context.ts'

export interface Reindexed {
  readonly projects: number
  readonly deployments: number
  /** Where the damaged store is now; null where there was nothing wrong with it. */
  readonly moved_aside: string | null
  /** How many rows of what no file has (users, jobs, the audit) were brought over from it. */
  readonly saved: number
}

/** Throws STORE_…. */
export async function reindex(context: Context): Promise<Reindexed> {
  const [{ openWhole }, { rebuildIndex }] = await Promise.all([
    import('../store/aside.ts'),
    import('../store/index-of-files.ts'),
  ])
  const { store, movedAside, saved } = await openWhole(context.root, process.env['CORPUS_STORE'])
  try {
    const layouts = projectNames(context).map(name => projectLayout(context.root, name))
    const { projects, deployments } = await rebuildIndex(store, context.root, layouts)
    return { projects, deployments, moved_aside: movedAside, saved }
  } finally {
    await store.close()
  }
}
