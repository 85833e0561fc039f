/** What every procedure works on: one deployment of one project. */
import { join } from 'node:path'
import type { ModeName } from '../configuration/platform.ts'
import type { Owner } from '../git/owner.ts'
import type { PrefetchedTree } from '../git/prefetch.ts'
import type { TreePlace } from '../git/tree.ts'
import type { Emit } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import type { DeploymentRecord } from '../pipeline/history.ts'
import type { Journal } from '../pipeline/journal.ts'
import type { Request } from '../pipeline/queue.ts'
import { newOutcome, type Outcome } from '../pipeline/run.ts'
import { applicationPath } from '../project/application-path.ts'
import type { Installer } from '../project/installer.ts'
import type { ReleaseEnvironment } from '../project/variables.ts'
import type { Dict } from '../salt/python/dict.ts'
import type { Account, Shell } from '../shell/shell.ts'

/** What a deployment needs from outside, built once when it is opened. */
interface Tools {
  readonly shell: Shell
  readonly emit: Emit
  /** Aborted by `corpus cancel`: what runs then is stopped with its children. */
  readonly signal: AbortSignal
  /** What was cancelled until now concerns what ran until now. */
  readonly listenAnew: () => void
  /** Texts that no log may show from here on, beside those that it was told before. */
  readonly hide: (secrets: Iterable<string>) => void
  /** Folder of the installers that come with corpus. */
  readonly installers: string
}

/** What is known of a deployment when it is opened. */
export interface Known extends Tools {
  readonly layout: ProjectLayout
  readonly journal: Journal
  readonly release: ReleaseId
  readonly request: Request
  readonly mode: ModeName
  /** The release that ran when this began, with its record. */
  readonly previous: DeploymentRecord | null
  /** The project's own account, when this runs as root, as the configuration names it now. Throws ACCOUNT_FAILED. */
  readonly account: Account | null
  /** The configuration, by reference: what one procedure sets, later ones see. */
  readonly cfg: Dict
  /** The branch that is deployed; null in a project that nobody pushed to. */
  readonly branch: string | null
  /** The commit that was to be deployed: it stays when `commit` goes back. */
  readonly refused: string | null
  /** The prepared copy, on its way to the commit since before this was opened. */
  readonly prefetchedTree: PrefetchedTree | null
  /** Whether any state file in a folder has work, of the folders that were looked at. */
  readonly foldersWithWork: Map<string, boolean>
  readonly startedAt: Date
  /** Work that may wait until the pusher has the answer. */
  readonly afterVerdict: (() => Promise<void>)[]
  /** Work that nobody waits for, neither the pusher nor the next deployment: telling others. It throws nothing. */
  readonly notifications: (() => Promise<void>)[]
  /** On the way back: what has to wait until the release before serves again. */
  readonly whenBack: (() => Promise<void>)[]
}

/** What the steps find out. */
export interface Found {
  installer: Installer
  /** The variables that people set, as this release runs with them. */
  environment: ReleaseEnvironment
  /** The commit that is deployed; null in a project that nobody pushed to. */
  commit: string | null
  pillarCommit: string | null
  /** The release whose tree is worked on: the own one once initialization made it. */
  tree: ReleaseId | null
  /** The new commit has the same in the application's folder as the one that runs (`path`). */
  sameBelow: boolean
  /** Whether this deployment made a tree of its own, that a failure takes away. */
  madeTree: boolean
  /** Whether the switch to its processes came to its end. */
  activated: boolean
  url: string | null
}

/** What a step finds out it writes into `found`, and the pipeline into `outcome`; all read it from here. */
export interface Deployment extends Known, Readonly<Found>, Readonly<Outcome> {
  readonly found: Found
  readonly outcome: Outcome
}

export function deploymentOf(known: Known, found: Found): Deployment {
  const outcome = newOutcome()
  return seenIn(outcome, seenIn(found, Object.assign(known, { found, outcome })))
}

/** Adds the members of a record, each as it is when it is read. */
function seenIn<Seen extends object, Target extends object>(seen: Seen, target: Target): Target & Readonly<Seen> {
  for (const key of Object.keys(seen))
    Object.defineProperty(target, key, { enumerable: true, get: () => seen[key as keyof Seen] })
  return target as Target & Readonly<Seen>
}

/** Whose the tree of an application is; null where all is whose this process is. */
export const ownerOf = ({ account }: Pick<Deployment, 'account'>): Owner | null =>
  account && { uid: account.uid, gid: account.gid }

/** Where a release's tree stands, and its index. */
export const placeOf = (layout: ProjectLayout, release: ReleaseId): TreePlace => ({
  projectGit: layout.projectGit,
  id: release,
  tree: layout.tree(release),
})

/** The folder that is worked on now. */
export const workedOn = (deployment: Deployment): string =>
  deployment.mode === 'editable' || deployment.tree === null
    ? deployment.layout.editableTree
    : deployment.layout.tree(deployment.tree)

/** The application's folder in the tree that is worked on. */
export const applicationFolder = (deployment: Deployment): string =>
  join(workedOn(deployment), applicationPath(deployment.cfg))

export const note = (
  deployment: Pick<Deployment, 'emit'>,
  text: string,
  level: 'info' | 'notice' | 'warning' = 'info',
): void => deployment.emit({ type: 'note', level, text })
