/** corpus logs. */
import { CorpusError } from '../../kernel/errors.ts'
import { textIfThere } from '../../kernel/files.ts'
import { visible } from '../../kernel/visible.ts'
import type { LogLine } from '../../services/logs.ts'
import { defineCommand, type Invocation, textOption } from '../command.ts'

export const logsCommand = defineCommand({
  name: 'logs',
  does: 'Prints the log of a deployment: the one under way, else the newest. With --app, what the application says. As JSON an object a line.',
  arguments: ['NAME'],
  options: [
    { flags: '-f, --follow', does: 'go on until it ends, and end with its status' },
    { flags: '--app', does: 'the last lines of the processes; with --follow each line as it comes' },
    { flags: '--process NAME', does: 'with --app: only web, or only web.1' },
    { flags: '--lines COUNT', does: 'with --app: how many, 100 without it' },
    { flags: '--deployment RELEASE', does: 'v12, a release id or its beginning' },
    { flags: '--verbose', does: 'every procedure, and those that were skipped' },
  ],
  answers: true,
  example: 'corpus logs demo --follow',
  async run(invocation) {
    if (invocation.options['app'] === true) return showApplication(invocation)
    if ((textOption(invocation, 'process') ?? textOption(invocation, 'lines')) !== undefined)
      throw new CorpusError('USAGE', '--process and --lines go with --app.')
    const { deploymentLog, eventsText, wholeLog } = await import('../../controller/logs.ts')
    const { layout, release } = await deploymentLog(
      invocation.context,
      invocation.args[0] ?? '',
      textOption(invocation, 'deployment'),
    )
    if (invocation.options['follow'] === true) {
      const { follow } = await import('../../controller/follow.ts')
      const verdict = await follow(invocation.context, layout, release, invocation.json ? () => {} : invocation.print)
      if (invocation.json) invocation.print(eventsText(layout, release))
      return verdict.status
    }
    const log = () => textIfThere(layout.deployment(release).output) ?? ''
    const text = invocation.json
      ? eventsText(layout, release)
      : invocation.options['verbose'] === true
        ? wholeLog(layout, release)
        : log()
    invocation.print(text)
    return 0
  },
})

/** Lines as people read them, or one JSON object a line. */
async function showApplication(invocation: Invocation): Promise<number> {
  const { applicationLog } = await import('../../controller/app-logs.ts')
  const given = textOption(invocation, 'lines')
  if (given !== undefined && !/^\d{1,6}$/.test(given)) throw new CorpusError('USAGE', '--lines is a whole number.')
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // Whoever reads us went away: `corpus logs demo --app --follow | head`.
  process.stdout.on('error', stop)
  const text = ({ time, process: name, text: said }: LogLine) =>
    `${time === '' ? '' : `${time.slice(0, 23)} `}${name}: ${visible(said)}\n`
  const choice = {
    process: textOption(invocation, 'process'),
    lines: given === undefined ? undefined : Number(given),
    follow: invocation.options['follow'] === true,
    signal: stopped.signal,
  }
  await applicationLog(invocation.context, invocation.args[0] ?? '', choice, line =>
    invocation.print(invocation.json ? `${JSON.stringify(line)}\n` : text(line)),
  )
  process.off('SIGINT', stop)
  process.off('SIGTERM', stop)
  return 0
}
