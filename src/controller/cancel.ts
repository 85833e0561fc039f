/** Stops the deployment under way within seconds, with its children, and lets it roll back. */
import { writeFileSync } from 'node:fs'
import { rememberKilled } from '../deployment/stoppable.ts'
import { CorpusError } from '../kernel/errors.ts'
import { jsonIfThere, textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type ReleaseId, releaseId } from '../kernel/names.ts'
import { isStateFile, readJournal, stepsUnderWay, wayBack } from '../pipeline/journal.ts'
import { waiting } from '../pipeline/queue.ts'
import { isLocked } from '../shell/lock.ts'
import { killMarked } from '../shell/marked.ts'
import { type Context, openProject, takeBackInterrupted } from './context.ts'

/** A step that calls no one back (a template in the middle of a sentence) is not waited for longer than this. */
const patienceMilliseconds = 4000

/**
 * Stops what runs, and lets the deployment go back; on the way back only the step of the project that runs there. Returns
 * the release that is being cancelled. Throws NOTHING_RUNS.
 */
export async function cancel(context: Context, name: string): Promise<{ layout: ProjectLayout; release: ReleaseId }> {
  const layout = await openProject(context, name)
  const running = runningDeployment(layout)
  if (running === null) {
    const next = waiting(layout)[0]
    if (!next) throw new CorpusError('NOTHING_RUNS', `No deployment of ${layout.name} is under way.`)
    writeFileSync(layout.deployment(next.release).cancel, '')
    return { layout, release: next.release }
  }
  const { release, pid } = running
  const files = layout.deployment(release)
  writeFileSync(files.cancel, '')
  const before = readJournal(files.journal).length
  signal(pid, 'SIGTERM')
  const end = Date.now() + patienceMilliseconds
  while (Date.now() < end) {
    if (textIfThere(files.verdict) !== undefined) return { layout, release }
    if (readJournal(files.journal).length > before) return { layout, release }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  // What is ours on the way back comes to its end, and must.
  if (goesBack(files.journal) && stateFileUnderWay(files.journal) === null) return { layout, release }
  // The runner first: with the command gone that it waits for, it would go on to its end meanwhile.
  signal(pid, 'SIGKILL')
  killMarked(release, files.children)
  await new Promise(resolve => setTimeout(resolve, 100))
  const killed = goesBack(files.journal) ? stateFileUnderWay(files.journal) : null
  if (killed !== null) rememberKilled(files.killed, killed)
  await takeBackInterrupted(context, layout)
  return { layout, release }
}

/** Stops this one deployment, under way or waiting; one that has ended is left alone. */
export async function cancelRelease(context: Context, layout: ProjectLayout, release: ReleaseId): Promise<void> {
  if (runningDeployment(layout)?.release === release) await cancel(context, layout.name)
  else if (waiting(layout).some(one => one.release === release)) writeFileSync(layout.deployment(release).cancel, '')
}

const goesBack = (journal: string): boolean => readJournal(journal).some(line => line.step === wayBack)

function stateFileUnderWay(journal: string): string | null {
  const step = stepsUnderWay(readJournal(journal)).at(-1)
  return step !== undefined && isStateFile(step) ? step : null
}

/** The deployment under way, and its runner. */
export function runningDeployment(layout: ProjectLayout): { release: ReleaseId; pid: number } | null {
  try {
    const running = jsonIfThere<{ release: string; pid: number }>(layout.running)
    return running && isLocked(layout.lock) ? { release: releaseId(running.release), pid: running.pid } : null
  } catch {
    return null
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it ended meanwhile
  }
}
