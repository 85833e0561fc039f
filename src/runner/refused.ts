/** A request that was refused before its first step: nothing was touched but the queue and the branch. */
import { settingOf } from '../configuration/settings/index.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { roomOf } from '../deployment/space.ts'
import { discardPreparedTree, preparedOrigin } from '../git/prepared-tree.ts'
import { putBranchBack, wayBackOf } from '../git/refs.ts'
import { faultOf } from '../kernel/errors.ts'
import type { EndState, Fault } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { giveRoomBy } from '../kernel/room.ts'
import { localShell } from '../shell/local.ts'
import type { Begun } from './begin.ts'
import type { Ending } from './finish.ts'
import { savedSecrets } from './log.ts'

/** `opened`: null where not even that could be done. */
export async function refused(
  layout: ProjectLayout,
  begun: Begun,
  opened: Deployment | null,
  error: unknown,
): Promise<Ending> {
  const { request, record, output, prefetchedTree, left } = begun
  giveRoomBy(roomOf(layout))
  // A configuration that cannot be read may be quoted by its error.
  output.hide(savedSecrets(layout))
  const fault = output.scrubbed(faultOf(error))
  output.emit({ type: 'fault', fault })
  record.fault = fault
  await prefetchedTree?.done
  if (preparedOrigin(layout.preparedTree) === undefined) discardPreparedTree(layout.preparedTree)
  await putBranchesBack(layout, begun).catch(() => {})
  return {
    state: left ? 'rollback failed' : 'failed',
    afterVerdict: [],
    notifications: request.plan ? [] : [() => tell(layout, begun, opened, fault)],
  }
}

/** Its branch names what runs again, so that the same push is tried again. */
async function putBranchesBack(layout: ProjectLayout, { request, previous }: Begun): Promise<void> {
  const { kind, branch, commit, release } = request
  if (branch === null || commit === null) return
  const [gitDir, running] =
    kind === 'pillar' ? [layout.pillarGit, previous?.pillar_commit] : [layout.projectGit, previous?.commit]
  const before = wayBackOf(gitDir, { branch, before: request.before }, running ?? null)
  if (before === commit) return
  await putBranchBack(localShell, gitDir, { branch, refused: commit, before, release })
}

/** Loaded only where something went wrong. */
async function tell(
  layout: ProjectLayout,
  { record, output }: Begun,
  opened: Deployment | null,
  fault: Fault,
): Promise<void> {
  const { noticeOf, tellUnopened } = await import('../deployment/notices.ts')
  if (opened === null) return tellUnopened(layout, record, output.emit)
  opened.outcome.fault = fault
  if (settingOf(opened.cfg, 'notifications')) await noticeOf(opened, record.status as EndState)()
}
