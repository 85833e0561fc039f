/** What an application's processes say: the last lines, and each line as it comes. */
import { servicesDriver } from '../services/choose.ts'
import { followLines, type LogLine, recentLines } from '../services/logs.ts'
import { servicesPlace } from '../services/place.ts'
import { type Context, openProject } from './context.ts'

export interface AppLogChoice {
  /** Only this process type (`web`) or this one process (`web.1`). */
  readonly process?: string | undefined
  readonly lines?: number | undefined
  readonly follow: boolean
  readonly signal: AbortSignal
}

/** Ends at once without `follow`, else with the signal. */
export async function applicationLog(
  context: Context,
  name: string,
  choice: AppLogChoice,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const layout = await openProject(context, name)
  const driver = await servicesDriver(context.root, context.shell)
  const tools = { place: servicesPlace(context.root), driver, shell: context.shell }
  const options = {
    ...(choice.process === undefined ? {} : { process: choice.process }),
    ...(choice.lines === undefined ? {} : { lines: choice.lines }),
  }
  if (!choice.follow) {
    for (const line of await recentLines(tools, layout.name, options)) onLine(line)
    return
  }
  // Following begins before the last lines are read, so that nothing falls between; what both have is shown once.
  const early: LogLine[] = []
  let show = (line: LogLine) => void early.push(line)
  const following = followLines(tools, layout.name, line => show(line), choice.signal, options)
  const recent = await recentLines(tools, layout.name, options)
  const again = new Set(early.map(keyOf))
  for (const line of recent) if (!again.has(keyOf(line))) onLine(line)
  for (const line of early) onLine(line)
  const known = new Set(recent.map(keyOf))
  // The reader may be behind: what the last lines had already is not told again.
  show = line => {
    if (!known.delete(keyOf(line))) onLine(line)
  }
  await following
}

const keyOf = ({ instance, time, text }: LogLine): string => `${instance} ${time} ${text}`
