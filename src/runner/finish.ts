/** The end of a deployment: its verdict first, and then the work that nobody waits for. */
import { rmSync } from 'node:fs'
import { roomOf } from '../deployment/space.ts'
import { tidyObjects } from '../git/tidy.ts'
import { useBlanks } from '../kernel/blanks.ts'
import { exitOf } from '../kernel/errors.ts'
import type { EndState } from '../kernel/events.ts'
import { writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { giveRoomBy } from '../kernel/room.ts'
import { currentRelease, readRecord, writeRecord } from '../pipeline/history.ts'
import { layNext } from '../pipeline/next-folder.ts'
import { nameOf } from '../pipeline/numbers.ts'
import { localShell } from '../shell/local.ts'
import type { Begun } from './begin.ts'
import { logEnd, logFailure } from './log.ts'
import type { Serving } from './serving.ts'

export interface Ending {
  readonly state: EndState
  /** What the next deployment waits for, and the pusher does not. */
  readonly afterVerdict: readonly (() => Promise<void>)[]
  /** What nobody waits for. */
  readonly notifications: readonly (() => Promise<void>)[]
}

export async function finish(
  serving: Serving,
  begun: Begun,
  { state, afterVerdict, notifications }: Ending,
): Promise<void> {
  const { layout, background } = serving
  const { request, record, output, journal } = begun
  const files = layout.deployment(request.release)
  await begun.prefetchedTree?.done
  giveRoomBy(roomOf(layout))
  const milliseconds = Math.max(0, Date.now() - begun.began)
  Object.assign(record, { status: state, seconds: milliseconds / 1000 })
  const running = currentRelease(layout)
  const runningName = shortNameOf(layout, running)
  output.emit({ type: 'ended', state, milliseconds, url: record.url, running, runningName })
  writeRecord(layout, record, true)
  writeWhole(files.verdict, `${exitOf(state, record.fault)} ${state}\n`, { mode: 0o640 })
  // It has the secrets of the configuration in it, and nobody goes back to it any more.
  rmSync(files.savedBefore, { force: true })
  journal.write('ended', 'done')
  useBlanks(null)
  giveRoomBy(null)
  rmSync(layout.running, { force: true })
  for (const work of [...afterVerdict, () => layNext(layout, request.release, serving.start)]) {
    try {
      await work()
    } catch (error) {
      await logFailure(layout, request.release, error)
    }
  }
  journal.close()
  background.push(Promise.allSettled(notifications.map(tell => tell())).then(() => output.close()))
  background.push(logEnd(layout, record).catch(() => {}))
  for (const gitDir of [layout.projectGit, layout.pillarGit])
    background.push(tidyObjects(localShell, gitDir).catch(() => {}))
}

function shortNameOf(layout: ProjectLayout, release: ReleaseId | null): string | null {
  const record = release === null ? undefined : readRecord(layout, release)
  return record ? nameOf(record) : release
}
