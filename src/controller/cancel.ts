/** Stops the deployment under way within seconds, with its children, and lets it roll back. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { jsonIfThere, textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type ReleaseId, releaseId } from '../kernel/names.ts'
import { waiting } from '../pipeline/queue.ts'
import { isLocked } from '../shell/lock.ts'
import { killMarked } from '../shell/marked.ts'
import { type Context, openProject, takeBackInterrupted } from './context.ts'

/** A step that calls no one back (a template in the middle of a sentence) is not waited for longer. */
const patienceMilliseconds = 4000

/** Returns the release that is being cancelled. Throws PROJECT_BUSY's counterpart when nothing runs. */
export async function cancel(context: Context, name: string): Promise<{ layout: ProjectLayout; release: ReleaseId }> {
  const layout = await openProject(context, name)
  const running = runningDeployment(layout)
  if (running === null) {
    const next = waiting(layout)[0]
    if (!next) throw new CorpusError('NOTHING_RUNS', `No deployment of ${layout.name} is under way.`)
    writeFileSync(join(layout.deployment(next.release).folder, 'cancel'), '')
    return { layout, release: next.release }
  }
  const files = layout.deployment(running.release)
  writeFileSync(join(files.folder, 'cancel'), '')
  signal(running.pid, 'SIGTERM')
  const end = Date.now() + patienceMilliseconds
  while (Date.now() < end) {
    if (textIfThere(files.verdict) !== undefined) return { layout, release: running.release }
    if ((textIfThere(files.journal) ?? '').includes('"phase":"failed"')) return { layout, release: running.release }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  // The runner first: with the command gone that it waits for, it would go on to its end meanwhile.
  signal(running.pid, 'SIGKILL')
  killMarked(running.release, files.children)
  await new Promise(resolve => setTimeout(resolve, 100))
  await takeBackInterrupted(context, layout)
  return { layout, release: running.release }
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
