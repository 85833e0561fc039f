/** A notice to a command of the machine, as JSON on its standard input. */
import { environmentOfAccount } from '../shell/environment.ts'
import { endingOf } from '../shell/shell.ts'
import { type Deliver, Refusal } from './deliver.ts'
import type { CommandMeans } from './means.ts'
import { eventOf } from './notice.ts'

export function byCommand({ argv }: CommandMeans): Deliver {
  return async (notice, { shell, user, timeoutSeconds, signal }) => {
    const env = {
      ...environmentOfAccount(user ?? null),
      CORPUS_PROJECT: notice.project,
      CORPUS_STATE: notice.state,
      CORPUS_RELEASE: notice.release,
    }
    const outcome = await shell.run({
      argv,
      cwd: '/',
      env,
      input: `${JSON.stringify({ event: eventOf(notice), ...notice })}\n`,
      keepBytes: 16 * 1024,
      timeoutSeconds,
      signal,
      ...(user && { user }),
    })
    if (outcome.spawnError !== undefined) throw new Refusal(outcome.spawnError)
    if (outcome.status !== 0) throw new Error(endingOf(outcome))
  }
}
