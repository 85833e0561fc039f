/** Begins the deployment of a request: its folder, its log, its journal, and its place among all others. */

import { roomOf } from '../deployment/space.ts'
import type { PrefetchedTree } from '../git/prefetch.ts'
import { useBlanks } from '../kernel/blanks.ts'
import type { Fault } from '../kernel/events.ts'
import { makeFolders, writeWhole } from '../kernel/files.ts'
import { giveRoomBy } from '../kernel/room.ts'
import { type DeploymentRecord, readRecord, runningRelease, writeRecord } from '../pipeline/history.ts'
import { type Journal, openJournal } from '../pipeline/journal.ts'
import { enterBook } from '../pipeline/numbers.ts'
import { type Output, openOutput } from '../pipeline/output.ts'
import { leaveQueue, type Request } from '../pipeline/queue.ts'
import { pillarCommitOf } from '../project/pillar.ts'
import { localShell } from '../shell/local.ts'
import { markedShell } from '../shell/marked.ts'
import type { Shell } from '../shell/shell.ts'
import { preparedTreeFor } from './open.ts'
import type { Serving } from './serving.ts'

export interface Begun {
  readonly request: Request
  /** Milliseconds since 1970. */
  readonly began: number
  readonly previous: DeploymentRecord | null
  /** Its processes are known as those of this deployment, should its runner die. */
  readonly shell: Shell
  readonly prefetchedTree: PrefetchedTree | null
  readonly output: Output
  readonly journal: Journal
  /** Filled in as the deployment goes on. */
  readonly record: Writable<DeploymentRecord>
  /** Why a dead runner's deployment is taken back; null where it is a new one. */
  readonly left: Fault | null
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** From here on the request has left the queue. */
export async function beginDeployment(serving: Serving, request: Request, left: Fault | null): Promise<Begun> {
  const { layout } = serving
  const { release } = request
  const files = layout.deployment(release)
  giveRoomBy(roomOf(layout))
  makeFolders(files.folder)
  useBlanks(files.folder, layout.home)
  writeWhole(layout.running, JSON.stringify({ release, pid: process.pid }))
  const began = Date.now()
  const previous = runningRelease(layout)
  const shell = markedShell(localShell, release, files.children)
  const prefetchedTree = left ? null : await preparedTreeFor(serving, request, shell)
  const output = openOutput(layout, release, { began, isTerse: isTerse(request) })
  const journal = openJournal(files.journal)
  const known = left ? readRecord(layout, release) : undefined
  const place = known ?? enterBook(layout, { isRelease: isForRelease(request, previous), previous })
  const record: Writable<DeploymentRecord> = {
    release,
    ...(place.sequence === undefined ? {} : { sequence: place.sequence }),
    number: place.number ?? null,
    kind: request.kind,
    mode: 'editable',
    status: 'running',
    commit: request.kind === 'pillar' ? (previous?.commit ?? null) : request.commit,
    pillar_commit: request.kind === 'pillar' ? request.commit : pillarCommitOf(layout),
    by: request.by,
    started_at: new Date(began).toISOString(),
    seconds: null,
    previous: previous?.release ?? null,
    tree: null,
    branch: request.branch,
    before: request.before,
    ...(request.target ? { target: request.target } : {}),
    procedures: [],
    url: null,
  }
  writeRecord(layout, record)
  leaveQueue(layout, release)
  return { request, began, previous, shell, prefetchedTree, output, journal, record, left }
}

/** Plans and single procedures make no release, nor does a pillar before the first push. */
const isForRelease = ({ kind, plan }: Request, previous: DeploymentRecord | null): boolean =>
  !plan && (kind === 'push' || kind === 'deploy' || (kind === 'pillar' && previous !== null))

/** Who asks for one procedure, or makes a choice among them, is told of each; so is who wants to know. */
const isTerse = ({ kind, only, skip, verbose }: Request): boolean => kind !== 'procedure' && !only && !skip && !verbose
