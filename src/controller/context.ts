/** What every request needs: the root, the entry point to processes, and where corpus itself is installed. */

import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type ProjectLayout, projectLayout, rootLayout } from '../kernel/layout.ts'
import { type ProjectName, projectName, type ReleaseId } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { newRelease } from '../kernel/release.ts'
import { forsakenMoves } from '../pipeline/next-folder.ts'
import { releaseOfProject } from '../project/tree.ts'
import { hasLate } from '../services/leaving.ts'
import { instanceFolders, servicesPlace } from '../services/place.ts'
import { isLocked } from '../shell/lock.ts'
import type { Shell } from '../shell/shell.ts'
import { installersOf, launcherOf } from './installed.ts'
import { lockProject } from './lock.ts'

export interface Context {
  readonly root: string
  readonly shell: Shell
  /** The folder of the package: hooks, installers and the launcher are below it. */
  readonly home: string
  /** The id of the deployment that is begun, where whoever asks has named it already. */
  readonly release?: ReleaseId
  /** Tells whoever asked of what came to light beside what was asked for. */
  readonly warn?: (sentence: string) => void
}

/** The id of the deployment that is begun now. */
export const releaseToBegin = ({ release }: Pick<Context, 'release'>): ReleaseId => release ?? newRelease()

/** What changes something that its caller has seen before. */
export interface Changing extends Context {
  /** Throws PRECONDITION_FAILED where it is another by now: asked where nobody else can change it meanwhile. */
  readonly matches?: () => Promise<void>
}

/** The names of all projects below the root. */
export function projectNames(context: Pick<Context, 'root'>): ProjectName[] {
  const { projects } = rootLayout(context.root)
  if (!existsSync(projects)) return []
  return readdirSync(projects)
    .filter(name => /^[a-z][a-z0-9_-]{0,62}$/.test(name) && existsSync(join(projects, name, 'git', 'project.git')))
    .sort()
    .map(projectName)
}

/** A project that is there. What a dead runner left is taken back first, so that every answer is about one release. */
export async function openProject(context: Context, text: string): Promise<ProjectLayout> {
  const name = projectName(text)
  const layout = projectLayout(context.root, name)
  if (!existsSync(layout.projectGit)) {
    // Of another's project nothing can be said.
    if (existsSync(layout.home)) accessSync(layout.home, constants.R_OK | constants.X_OK)
    throw new CorpusError(
      'PROJECT_UNKNOWN',
      `There is no project ${name} below ${context.root}.${meant(name, projectNames(context))}`,
    )
  }
  await bringOwnFolder(context, layout)
  await takeBackInterrupted(context, layout)
  await endLate(context, layout)
  await mendSalt(context, layout)
  return layout
}

/** Processes of the release before that a runner was to end behind its verdict, and that outlived it. */
async function endLate(context: Context, layout: ProjectLayout): Promise<void> {
  const late = instanceFolders(servicesPlace(layout.root)).some(folder => hasLate(folder, layout.name))
  if (!late || !isOurs(layout)) return
  const { finishLeaving } = await import('../deployment/processes.ts')
  await finishLeaving(layout.root, context.shell, layout.name)
}

/** What was deployed before root had state files of its own gets them. */
async function mendSalt(context: Context, layout: ProjectLayout): Promise<void> {
  const release = releaseOfProject(layout)
  if (release === null || existsSync(layout.saltOf(release)) || !isOurs(layout)) return
  const { ensureSaltInUse } = await import('../deployment/older-salt.ts')
  await ensureSaltInUse({ layout, shell: context.shell, installers: installersOf(context) })
}

const isOurs = (layout: ProjectLayout): boolean => statSync(layout.home).uid === process.getuid?.()

/** A project of before gets the folder for what corpus keeps of it; what that could not prove is said. Throws PROJECT_BUSY. */
export async function bringOwnFolder(context: Context, layout: ProjectLayout): Promise<void> {
  if (existsSync(layout.savedConfiguration)) return
  const lock = lockProject(layout)
  try {
    const { makeOwnFolder } = await import('../deployment/own-folder.ts')
    for (const sentence of await makeOwnFolder(layout, context.shell)) context.warn?.(sentence)
    await callUs(context, layout)
  } finally {
    lock.release()
  }
}

/** A push must not be served by the corpus of before, which would look for what it kept where it is no more. */
async function callUs(context: Context, layout: ProjectLayout): Promise<void> {
  const { ensureBare } = await import('../git/bare.ts')
  const common = { name: layout.name, root: context.root, home: context.home }
  await ensureBare(context.shell, { ...common, path: layout.projectGit, kind: 'project' })
  await ensureBare(context.shell, { ...common, path: layout.pillarGit, kind: 'pillar' })
}

/** A runner that died holds no lock but left its name: another one finishes its work, now. What waits without one is begun. */
export async function takeBackInterrupted(context: Context, layout: ProjectLayout): Promise<void> {
  if (!existsSync(layout.running) && forsakenMoves(layout).length === 0) {
    if (isForgotten(layout)) await (await import('./start-runner.ts')).startRunner(context, layout)
    return
  }
  if (isLocked(layout.lock)) return
  await context.shell.run({ argv: [launcherOf(context), 'runner', layout.name, `--root=${context.root}`] })
}

/** Whoever asks for a deployment starts a runner at once; what is older was left by one that could not start. */
const recentMilliseconds = 2000

/** Whether a request waits that nobody serves. */
export function isForgotten(layout: ProjectLayout): boolean {
  const waits = existsSync(layout.queue) ? readdirSync(layout.queue).filter(name => !name.startsWith('.')) : []
  const isLeft = waits.some(name => isOld(join(layout.queue, name))) || forsakenMoves(layout).length > 0
  return isLeft && !isLocked(layout.lock)
}

/** A clock that was set back makes it no younger. */
function isOld(path: string): boolean {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return changed !== undefined && Math.abs(Date.now() - changed) > recentMilliseconds
}
