/** The line in which deployments of one project wait: a file for each request, the newest of a kind wins. */
import { existsSync, type FSWatcher, readdirSync, readFileSync, renameSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { isMissing, makeFolders, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type ReleaseId, releaseId } from '../kernel/names.ts'
import { takeFolder } from './next-folder.ts'

/**
 * What asks for a deployment. `push` and `deploy` run the mode's whole table, `pillar` what a new configuration needs,
 * `rollback` goes back, `procedure` runs what is named alone.
 */
export type RequestKind = 'push' | 'pillar' | 'deploy' | 'rollback' | 'procedure'

export interface Request {
  readonly release: ReleaseId
  readonly kind: RequestKind
  readonly by: string
  /** The branch that was pushed, what it was and what it is; commit null means: the deploy branch as it is then. */
  readonly branch: string | null
  readonly before: string | null
  readonly commit: string | null
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
  readonly plan?: boolean | undefined
  readonly target?: ReleaseId | undefined
  /** The release whose kept data is put back; or the backup, by its id. */
  readonly data?: ReleaseId | undefined
  readonly backup?: string | undefined
  /** Every procedure is told of, and those that are skipped. */
  readonly verbose?: boolean | undefined
  /** Starts every process anew although nothing changed. */
  readonly restart?: boolean | undefined
  /** The second user, where a first one had asked for it. */
  readonly approved_by?: string | undefined
  /** Configuration for this call alone. */
  readonly arguments?: Readonly<Record<string, string>> | undefined
}

export interface Taken {
  readonly request: Request
  /** Older requests that it makes pointless. */
  readonly superseded: readonly Request[]
}

/** Says when a request comes: the signal is aborted then, or at once where one waits. */
export function newsOf(layout: ProjectLayout): { readonly signal: AbortSignal; close(): void } {
  const coming = new AbortController()
  const look = () => {
    if (waiting(layout).length > 0) coming.abort()
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(layout.queue, look).on('error', () => {})
  } catch {
    // Then the clock has to do.
  }
  const clock = setInterval(look, watcher ? 1000 : 50)
  look()
  return {
    signal: coming.signal,
    close() {
      watcher?.close()
      clearInterval(clock)
    },
  }
}

export function putRequest(layout: ProjectLayout, request: Request): void {
  makeFolders(layout.queue)
  takeFolder(layout, request.release)
  if (!existsSync(layout.deployment(request.release).output))
    writeWhole(layout.deployment(request.release).output, '', { mode: 0o640 })
  writeWhole(join(layout.queue, request.release), JSON.stringify(request), { mode: 0o640 })
}

/** Requests that wait, oldest first. One that cannot be read is removed: its sender sees that nobody took it. */
export function waiting(layout: ProjectLayout): Request[] {
  if (!existsSync(layout.queue)) return []
  return readdirSync(layout.queue)
    .filter(name => !name.startsWith('.'))
    .sort()
    .flatMap(name => readRequest(layout, name))
}

/**
 * Takes the next request without removing it from the line: that is done when its deployment has a record. `standsAt`: the
 * commit that the branch of a push names now. Of pushes that overtook one another, that is the newest.
 */
export function nextRequest(
  layout: ProjectLayout,
  standsAt: (push: Request) => string | null = () => null,
): Taken | undefined {
  const line = waiting(layout)
  const first = line[0]
  if (!first) return undefined
  if (!replaceable(first)) return { request: first, superseded: [] }
  const same = line.filter(
    request => request.kind === first.kind && replaceable(request) && request.branch === first.branch,
  )
  const at = same.length > 1 ? standsAt(first) : null
  const newest = (same.findLast(request => request.commit === at) ?? same.at(-1)) as Request
  return { request: newest, superseded: same.filter(request => request !== newest) }
}

/** It stays with its deployment, for whoever asks later what was asked for. */
export function leaveQueue(layout: ProjectLayout, release: ReleaseId): void {
  const place = join(layout.queue, release)
  try {
    renameSync(place, layout.deployment(release).request)
  } catch {
    rmSync(place, { force: true })
  }
}

/** A push of the whole branch contains what older pushes of it brought; what asks for parts stands for itself. */
export function replaceable(request: Request): boolean {
  return (request.kind === 'push' || request.kind === 'pillar') && !request.only && !request.skip && !request.plan
}

function readRequest(layout: ProjectLayout, name: string): Request[] {
  const path = join(layout.queue, name)
  try {
    const request = JSON.parse(readFileSync(path, 'utf8')) as Request
    return [{ ...request, release: releaseId(name) }]
  } catch (error) {
    if (!isMissing(error)) rmSync(path, { force: true })
    return []
  }
}
