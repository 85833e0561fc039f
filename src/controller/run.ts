/** run: one command in the folder and environment of the release that serves, as the project's account. */

import { applicationEnvironment } from '../deployment/application-environment.ts'
import { CorpusError } from '../kernel/errors.ts'
import { ensureHome } from '../project/account.ts'
import { oneOffCommand } from '../services/one-off.ts'
import { servicesPlace } from '../services/place.ts'
import { runInForeground } from '../shell/foreground.ts'
import { textOf } from '../shell/shell.ts'
import type { Context } from './context.ts'
import type { Asked } from './request.ts'
import { runningRelease } from './running.ts'

/** It has this process's input and output, a terminal where there is one. Answers its exit status (128 and the signal's number when one ended it). */
export async function runOnce(context: Context, name: string, argv: readonly string[]): Promise<number> {
  const { command, cleanUp } = await opened(context, name, argv)
  try {
    return await runInForeground(command)
  } finally {
    cleanUp()
  }
}

/** Without input; what it prints is answered. */
export async function runAnswered(
  asked: Asked,
  name: string,
  argv: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const { command, cleanUp } = await opened(asked, name, argv)
  try {
    const { status, stdout, stderr } = await asked.shell.run({
      ...command,
      ...(asked.signal ? { signal: asked.signal } : {}),
    })
    return { status, stdout: textOf(stdout), stderr: textOf(stderr) }
  } finally {
    cleanUp()
  }
}

async function opened(context: Context, name: string, argv: readonly string[]) {
  if (argv.length === 0) throw new CorpusError('USAGE', 'Name the command behind `--`.')
  const release = await runningRelease(context, name)
  ensureHome(release.account, release.layout)
  return oneOffCommand(servicesPlace(context.root), {
    project: release.layout.name,
    tree: release.tree,
    account: release.account,
    environment: applicationEnvironment(release, release.tree),
    argv,
  })
}
