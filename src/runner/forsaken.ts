/** Pushes whose git died when it had moved the branch and before anybody was asked to deploy it: the branch goes back. */
import { rmSync } from 'node:fs'
import { branchCommit, unmoveBranch } from '../git/refs.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { deploymentIds, readRecord } from '../pipeline/history.ts'
import { forsakenMoves, type Move } from '../pipeline/next-folder.ts'
import { waiting } from '../pipeline/queue.ts'
import type { Shell } from '../shell/shell.ts'

/** A hook that git started before it died asks within that time. */
const graceMilliseconds = 2000

/** Pushed again, what went back deploys: left where it was, git would call it up to date. The caller holds the project's lock. */
export async function takeBackForsaken(layout: ProjectLayout, shell: Shell): Promise<void> {
  for (const move of forsakenMoves(layout)) {
    const gitDir = move.kind === 'pillar' ? layout.pillarGit : layout.projectGit
    const stands = () => branchCommit(gitDir, move.branch) === move.commit
    if (stands()) {
      await new Promise(resolve => setTimeout(resolve, Math.max(0, move.at + graceMilliseconds - Date.now())))
      const { branch, commit, before } = move
      if (stands() && !wasAskedFor(layout, move))
        await unmoveBranch(
          shell,
          gitDir,
          { branch, refused: commit, before },
          'corpus: git died before it was deployed',
        )
    }
    rmSync(move.mark, { recursive: true, force: true })
  }
}

function wasAskedFor(layout: ProjectLayout, { kind, branch, commit, at }: Move): boolean {
  if (waiting(layout).some(request => request.commit === commit && request.branch === branch)) return true
  const newest = deploymentIds(layout).slice(0, 5)
  return newest.some(release => {
    const record = readRecord(layout, release)
    const deployed = kind === 'pillar' ? record?.pillar_commit : record?.commit
    return record?.branch === branch && deployed === commit && Date.parse(record.started_at) >= at
  })
}
