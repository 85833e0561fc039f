/** The log of a deployment, and which one is meant. */
import { StringDecoder } from 'node:string_decoder'
import { CorpusError } from '../kernel/errors.ts'
import type { StampedEvent } from '../kernel/events.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { shown } from '../kernel/names.ts'
import { deploymentIds, readHistory } from '../pipeline/history.ts'
import { linesOf } from '../pipeline/output.ts'
import { waiting } from '../pipeline/queue.ts'
import { runningDeployment } from './cancel.ts'
import { type Context, openProject } from './context.ts'
import { releasesNamed } from './deploy.ts'
import { copyNew } from './follow.ts'

/** The deployment that is named, or the one under way, or the newest. */
export async function deploymentLog(
  context: Context,
  name: string,
  wanted?: string,
): Promise<{ layout: ProjectLayout; release: ReleaseId }> {
  const layout = await openProject(context, name)
  const ids = deploymentIds(layout)
  if (wanted === undefined) {
    const release =
      runningDeployment(layout)?.release ?? waiting(layout).at(-1)?.release ?? readHistory(layout)[0]?.release ?? ids[0]
    if (release === undefined) throw new CorpusError('RELEASE_UNKNOWN', `${layout.name} has no deployment yet.`)
    return { layout, release }
  }
  const [only, other] = releasesNamed(layout, wanted, ids)
  if (only === undefined || other !== undefined) {
    throw new CorpusError(
      'RELEASE_UNKNOWN',
      `${shown(wanted)} is ${only ? 'the beginning of several deployments' : 'not a deployment'} of ${layout.name}.`,
    )
  }
  return { layout, release: only }
}

/** The log once more, with every procedure and those that were skipped. */
export function wholeLog(layout: ProjectLayout, release: ReleaseId): string {
  const pieces: string[] = []
  const lines = linesOf(false, text => void pieces.push(text))
  let began: number | undefined
  for (const event of eventsOf(layout, release)) {
    began ??= event.at
    lines.take(event, Math.max(0, event.at - began))
  }
  return pieces.join('')
}

/** A runner that was killed may have left half a line. */
function eventOf(line: string): StampedEvent | null {
  try {
    return line === '' ? null : (JSON.parse(line) as StampedEvent)
  } catch {
    return null
  }
}

/** Reads the events of a deployment as they come: each call hands on those since the one before. */
export function eventReader(layout: ProjectLayout, release: ReleaseId): () => StampedEvent[] {
  const { events } = layout.deployment(release)
  const decoder = new StringDecoder('utf8')
  let offset = 0
  let rest = ''
  return () => {
    offset = copyNew(events, offset, piece => {
      rest += decoder.write(piece)
    })
    const end = rest.lastIndexOf('\n') + 1
    const lines = rest.slice(0, end).split('\n')
    rest = rest.slice(end)
    return lines.map(eventOf).filter(event => event !== null)
  }
}

/** Its events, in order. */
export function eventsOf(layout: ProjectLayout, release: ReleaseId): StampedEvent[] {
  const lines = (textIfThere(layout.deployment(release).events) ?? '').split('\n')
  return lines.map(eventOf).filter(event => event !== null)
}
