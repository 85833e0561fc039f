/** Keeps what a project's own state files run within `build` of its configuration, and says what ran into a limit. */

import { readBuildLimits } from '../configuration/build-limits.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { readable } from '../disk/space.ts'
import { CorpusError } from '../kernel/errors.ts'
import { limitedShell } from '../shell/limited.ts'
import { usualProcesses } from '../shell/limits.ts'
import type { Shell } from '../shell/shell.ts'
import { type Deployment, note } from './deployment.ts'

/**
 * Runs `work` with a shell whose commands of the project are limited; it returns a line for each failure. Throws
 * BUILD_TOO_LONG, BUILD_OUT_OF_MEMORY and BUILD_TOO_MANY_PROCESSES where a limit is the reason, and CONFIGURATION_INVALID.
 */
export async function withinBuildLimits(
  deployment: Pick<Deployment, 'cfg' | 'emit' | 'shell'>,
  what: string,
  work: (shell: Shell) => Promise<string[]>,
): Promise<string[]> {
  // State files may have changed it.
  const { limits, faults } = readBuildLimits(settingOf(deployment.cfg, 'build'))
  if (faults[0] !== undefined) throw new CorpusError('CONFIGURATION_INVALID', `${faults[0]}.`)
  const limited = limitedShell(deployment.shell, limits)
  const judge = (failures: readonly string[]): void => {
    const options = { detail: failures.slice(0, 5).join('\n') }
    const memory = `the ${readable(limits.memoryBytes ?? 0)} of build.memory`
    const killed = limited.outOfMemory()
    if (limited.isOutOfTime())
      throw new CorpusError(
        'BUILD_TOO_LONG',
        `${what} took longer than the ${limits.seconds} s of build.time.`,
        options,
      )
    if (killed !== null && failures.length > 0)
      throw new CorpusError('BUILD_OUT_OF_MEMORY', `${what} needed more memory than ${memory}.`, options)
    const processes = `more processes than the ${limits.processes ?? usualProcesses} of build.processes`
    const refused = limited.outOfProcesses()
    if (refused !== null && failures.length > 0)
      throw new CorpusError('BUILD_TOO_MANY_PROCESSES', `${what} began ${processes}.`, options)
    if (refused !== null)
      note(deployment, `${what} began ${processes}: some of them were refused, it went on`, 'warning')
    if (killed !== null)
      note(deployment, `${what} needed more memory than ${memory}: a process of it was killed, it went on`, 'warning')
  }
  try {
    const failures = await work(limited.shell).catch((error: Error) => {
      judge([error.message])
      throw error
    })
    judge(failures)
    return failures
  } finally {
    for (const sentence of limited.lacks()) note(deployment, sentence, 'notice')
    limited.close()
  }
}
