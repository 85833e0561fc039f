/** What pre-receive asks where a lock stands in the way of the refs that a push moves: whose owner is dead is taken away. */
import { locksOfRefs, releaseStaleLock } from '../git/stale-locks.ts'
import { projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'

/** NAME KIND REF...: refs as git gave them to the hook. What is held stays: git says so itself. */
export function freeRefs(argv: readonly string[], root: string): number {
  const [name = '', kind = '', ...refs] = argv
  const layout = projectLayout(root, projectName(name))
  const gitDir = kind === 'pillar' ? layout.pillarGit : layout.projectGit
  for (const file of locksOfRefs(gitDir, refs)) releaseStaleLock(gitDir, file)
  return 0
}
