/** Which remote branch a local one follows. */
import type { Repository } from './repository.ts'
import type { Wanted } from './revision.ts'

interface Change {
  readonly options: readonly string[]
  readonly done: string
  readonly planned: string
}

/** Makes the branch follow what is wanted; a sentence where that was a change. */
export async function setUpstream(repo: Repository, branch: string | null, wanted: Wanted): Promise<string | null> {
  const change = await upstreamChange(repo, branch, wanted)
  if (!change || branch === null) return null
  await repo.ask('branch', ...change.options, branch)
  return change.done
}

export async function upstreamChange(
  repo: Repository,
  branch: string | null,
  { upstream }: Wanted,
): Promise<Change | null> {
  if (branch === null || upstream === null) return null
  const present = await repo.tryAsk('rev-parse', '--abbrev-ref', `${branch}@{upstream}`)
  if (upstream === false) {
    if (present === null) return null
    return {
      options: ['--unset-upstream'],
      done: 'Tracking branch was unset',
      planned: 'Tracking branch would be unset',
    }
  }
  if (present === upstream) return null
  const word = present === null ? 'set' : 'updated'
  return {
    options: [`--set-upstream-to=${upstream}`],
    done: `Tracking branch was ${word} to ${upstream}`,
    planned: `Tracking branch would be ${word} to ${upstream}`,
  }
}
