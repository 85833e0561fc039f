/** What a runner that died left behind: the next one takes it back, or finishes the last line of the book. */
import { existsSync, rmSync } from 'node:fs'
import { CorpusError, exitOf, faultOf } from '../kernel/errors.ts'
import { linkIfThere, linkWhole, textIfThere, writeWhole } from '../kernel/files.ts'
import { releaseTime } from '../kernel/release.ts'
import { currentRelease, readRecord, treeOf, writeRecord } from '../pipeline/history.ts'
import { readJournal } from '../pipeline/journal.ts'
import type { Request } from '../pipeline/queue.ts'
import { killMarked } from '../shell/marked.ts'
import { serveRequest } from './deploy.ts'
import { leftBehind } from './left-behind.ts'
import type { Serving } from './serving.ts'

/** The project is the old release or the new one afterwards, and the history says what happened. */
export async function recover(serving: Serving): Promise<void> {
  const { layout } = serving
  const release = leftBehind(layout)
  if (release === null) return
  const files = layout.deployment(release)
  killMarked(release, files.children)
  const record = readRecord(layout, release)
  if (!record || textIfThere(files.verdict) !== undefined) {
    // It died before its first step (the request still waits), or after its last: all that may be missing is a name.
    const current = currentRelease(layout)
    if (!record && current !== null && existsSync(layout.tree(current)))
      linkWhole(layout.tree(treeOf(layout, current)), layout.project)
    rmSync(layout.running, { force: true })
    return
  }
  // A link to the same release says nothing (data was to be put back): the journal does.
  const counted =
    currentRelease(layout) === (record.kind === 'rollback' ? record.target : release) &&
    (record.target !== record.previous || readJournal(files.journal).some(line => line.step === 'commit'))
  if (counted) {
    // The clock may have been set back since.
    const seconds = Math.max(0, Date.now() - releaseTime(release).getTime()) / 1000
    const tree =
      record.mode === 'editable'
        ? null
        : record.kind === 'pillar' && linkIfThere(layout.tree(release)) !== undefined
          ? (readRecord(layout, record.previous ?? release)?.tree ?? release)
          : release
    writeRecord(
      layout,
      { ...record, status: 'succeeded', seconds, tree: record.kind === 'rollback' ? null : tree },
      true,
    )
    writeWhole(files.verdict, `${exitOf('succeeded')} succeeded\n`, { mode: 0o640 })
    rmSync(layout.running, { force: true })
    return
  }
  const request: Request = {
    release,
    kind: record.kind,
    by: record.by,
    branch: record.branch,
    before: record.before,
    commit: record.kind === 'pillar' ? record.pillar_commit : record.commit,
    target: record.target,
  }
  const cancelled = existsSync(files.cancel)
  const fault = cancelled
    ? faultOf(new CorpusError('DEPLOYMENT_CANCELLED', 'The deployment was cancelled.'))
    : faultOf(new CorpusError('INTERRUPTED', 'The runner of this deployment died; what it had begun is taken back.'))
  await serveRequest(serving, request, fault)
}
