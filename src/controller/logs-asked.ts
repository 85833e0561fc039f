/** Logs as they are asked for: of a deployment as its events, of an application as its lines. */
import { CorpusError } from '../kernel/errors.ts'
import type { StampedEvent } from '../kernel/events.ts'
import { textIfThere } from '../kernel/files.ts'
import type { LogLine } from '../services/logs.ts'
import { deploymentLog, eventsOf, wholeLog } from './logs.ts'
import type { Asked } from './request.ts'

export interface LogChoice {
  readonly follow?: boolean | undefined
  readonly app?: boolean | undefined
  readonly process?: string | undefined
  readonly lines?: number | undefined
  readonly deployment?: string | undefined
  readonly verbose?: boolean | undefined
}

/** Whoever looks on is told the text as it comes, or the lines; lines that were told are not answered again. */
export async function logsAnswered(
  asked: Asked,
  name: string,
  choice: LogChoice,
): Promise<readonly (StampedEvent | LogLine)[]> {
  if (choice.app === true) return applicationLines(asked, name, choice)
  if (choice.process !== undefined || choice.lines !== undefined)
    throw new CorpusError('USAGE', '--process and --lines go with --app.')
  // Who was told of one goes on with that, whichever is the newest by now.
  const { layout, release } = await deploymentLog(asked, name, asked.after?.release ?? choice.deployment)
  const tell = (text: string) => asked.tell?.({ kind: 'log', text })
  if (choice.follow === true) {
    const { followTold } = await import('./follow.ts')
    await followTold(asked, layout, release)
  } else if (choice.verbose === true) tell(wholeLog(layout, release))
  else tell(textIfThere(layout.deployment(release).output) ?? '')
  return eventsOf(layout, release)
}

async function applicationLines(asked: Asked, name: string, choice: LogChoice): Promise<LogLine[]> {
  const { applicationLog } = await import('./app-logs.ts')
  const untold: LogLine[] = []
  const wanted = {
    process: choice.process,
    lines: choice.lines,
    follow: choice.follow === true,
    signal: asked.signal ?? new AbortController().signal,
  }
  await applicationLog(asked, name, wanted, line => {
    if (asked.tell) asked.tell({ kind: 'line', line })
    else untold.push(line)
  })
  return untold
}
