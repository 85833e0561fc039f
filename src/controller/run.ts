/** run: one command in the folder and environment of the release that serves, as the project's account. */

import { applicationEnvironment } from '../deployment/application-environment.ts'
import { CorpusError } from '../kernel/errors.ts'
import { ensureHome } from '../project/account.ts'
import { oneOffCommand } from '../services/one-off.ts'
import { servicesPlace } from '../services/place.ts'
import { runInForeground } from '../shell/foreground.ts'
import type { Context } from './context.ts'
import { runningRelease } from './running.ts'

/** It has this process's input and output, a terminal where there is one. Answers its exit status (128 and the signal's number when one ended it). */
export async function runOnce(context: Context, name: string, argv: readonly string[]): Promise<number> {
  if (argv.length === 0) throw new CorpusError('USAGE', 'Name the command behind `--`.')
  const release = await runningRelease(context, name)
  ensureHome(release.account, release.layout)
  const { command, cleanUp } = oneOffCommand(servicesPlace(context.root), {
    project: release.layout.name,
    tree: release.tree,
    account: release.account,
    environment: applicationEnvironment(release, release.tree),
    argv,
  })
  try {
    return await runInForeground(command)
  } finally {
    cleanUp()
  }
}
