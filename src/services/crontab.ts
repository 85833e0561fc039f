/** The lines of a crond that are ours: a file of /etc/cron.d as root, a block of the caller's own table otherwise. */

import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { isRoot } from '../shell/account.ts'
import { program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'

export interface CronLine {
  readonly when: string
  /** As a shell reads it; what cron itself would read is escaped here. */
  readonly command: string
}

const lineOf = (when: string, command: string): string => `${when} ${command.replaceAll('%', '\\%')}`

/** Makes exactly these the lines of that name; none takes all away. Commands run as the caller. */
export async function putCronLines(
  tools: { readonly shell: Shell; readonly cronFolder?: string },
  name: string,
  lines: readonly CronLine[],
): Promise<void> {
  if (isRoot()) {
    const cronFolder = tools.cronFolder ?? '/etc/cron.d'
    const before = statSync(cronFolder).mtimeMs
    const file = join(cronFolder, `corpus-${name}`)
    if (lines.length === 0) {
      rmSync(file, { force: true })
      return stirCron(cronFolder, before)
    }
    const text = lines.map(one => `${lineOf(`${one.when} root`, one.command)}\n`).join('')
    // cron skips files whose names have a dot: the one that is being written is not seen.
    writeFileSync(`${file}.new`, `# Jobs of ${name}; written by corpus, changes here do not last.\n${text}`, {
      mode: 0o644,
    })
    renameSync(`${file}.new`, file)
    return stirCron(cronFolder, before)
  }
  const [begin, end] = [`# corpus ${name}`, `# end of corpus ${name}`]
  const before = await tools.shell.run({ argv: [program('crontab'), '-l'], timeoutSeconds: 20 })
  const others = withoutBlock(before.status === 0 ? textOf(before.stdout) : '', begin, end)
  const block =
    lines.length === 0 ? '' : `${[begin, ...lines.map(one => lineOf(one.when, one.command)), end].join('\n')}\n`
  const ended = await tools.shell.run({ argv: [program('crontab'), '-'], input: others + block, timeoutSeconds: 20 })
  if (ended.status !== 0)
    throw new CorpusError('SUPERVISOR_FAILED', 'crontab did not take the jobs.', {
      detail: textOf(ended.stderr).trim(),
    })
}

/**
 * A crond reads again when the folder's time is another than it was, in whole seconds: what changes within the second in
 * which it read would never be seen.
 */
function stirCron(folder: string, beforeMilliseconds: number): void {
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000)
  const next = Math.max(seconds(beforeMilliseconds), seconds(Date.now())) + 1
  utimesSync(folder, next, next)
}

/** A crontab without the lines between two marks; what a person wrote stays. */
export function withoutBlock(text: string, begin: string, end: string): string {
  let inside = false
  const kept = text.split('\n').filter(line => {
    if (line === begin) inside = true
    const keep = !inside
    if (line === end) inside = false
    return keep
  })
  return kept.join('\n')
}
