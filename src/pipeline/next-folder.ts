/** The folder of the next deployment, laid out while nobody waits: its logs, and empty files for what it will write. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { blankCount, blankMode, blankName, isShut, removeBlanks } from '../kernel/blanks.ts'
import { isFolder, makeFolders, textIfThere } from '../kernel/files.ts'
import { deploymentFiles, type ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { program, systemPath } from '../shell/programs.ts'
import type { Start } from '../shell/shell.ts'

/** The pipes by which a hook hands its work over (`hooks/helper.pl`). */
export const callPipe = (folder: string): string => join(folder, 'call')
const endPipe = (folder: string): string => join(folder, 'end')

/** A request is smaller. */
const requestBytes = 4096

/** What `used` did not need goes along. Pipes are there only where `start` can make them. */
export async function layNext(layout: ProjectLayout, used: ReleaseId, start?: Start): Promise<void> {
  const old = layout.deployment(used).folder
  if (isFolder(layout.nextDeployment)) {
    tidyFolder(layout, used)
    return
  }
  removeForgotten(layout)
  const making = `${layout.nextDeployment}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { mode: 0o750 })
  const { output, events, journal, children } = deploymentFiles(making)
  for (const path of [output, events, journal, children]) makeFile(path, 0o640)
  // Whoever asked wrote into the first.
  makeFile(join(making, blankName(0)), blankMode, ' '.repeat(requestBytes))
  for (let at = 1; at < blankCount; at++) {
    const left = statSync(join(old, blankName(at)), { throwIfNoEntry: false })
    if (left && isShut(left)) renameSync(join(old, blankName(at)), join(making, blankName(at)))
    else makeFile(join(making, blankName(at)), blankMode)
  }
  const argv = [program('mkfifo'), '-m', '600', callPipe(making), endPipe(making)] as const
  await start?.({ argv: [...argv], cwd: making, env: { PATH: systemPath } })
  renameSync(making, layout.nextDeployment)
  tidyFolder(layout, used)
}

/** Folders of pushes that were prefetched and never came, where both git and the runner that waited are gone. */
function removeForgotten(layout: ProjectLayout): void {
  for (const name of readdirSync(layout.deployments)) {
    const isMeant = name.startsWith('soon.') && isForsaken(name)
    // One that says what moved is taken back first.
    if (isMeant && moveOf(layout, name) === null)
      rmSync(join(layout.deployments, name), { recursive: true, force: true })
  }
}

/** A push that moved a branch, or was to, as pre-receive wrote it down. */
export interface Move {
  /** What says so, in the folder of the deployments. */
  readonly mark: string
  readonly kind: 'project' | 'pillar'
  readonly branch: string
  readonly before: string | null
  readonly commit: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Those of which git is gone, and nobody has asked for a deployment by them. */
export function forsakenMoves(layout: ProjectLayout): Move[] {
  if (!existsSync(layout.deployments)) return []
  return readdirSync(layout.deployments)
    .filter(name => /^(soon|moving)\.\d+$/.test(name) && isForsaken(name))
    .flatMap(name => moveOf(layout, name) ?? [])
}

function moveOf(layout: ProjectLayout, name: string): Move | null {
  const mark = join(layout.deployments, name)
  const file = name.startsWith('soon.') ? join(mark, blankName(0)) : mark
  const said = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (project|pillar) refs\/heads\/(.+)\n/.exec(textIfThere(file) ?? '')
  if (!said) return null
  const [, before = '', commit = '', kind, branch = ''] = said
  const at = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return {
    mark,
    kind: kind === 'pillar' ? 'pillar' : 'project',
    branch,
    before: /^0+$/.test(before) ? null : before,
    commit,
    at,
  }
}

/** Whether the git whose push was prefetched is gone; its process id ends the folder's name. */
export function isForsaken(mark: string): boolean {
  const git = /\.(\d+)$/.exec(mark)?.[1]
  return git !== undefined && existsSync('/proc/self') && !existsSync(`/proc/${git}`)
}

/** Removes what a deployment did not need of its folder. */
export function tidyFolder(layout: ProjectLayout, release: ReleaseId): void {
  const { folder } = layout.deployment(release)
  removeBlanks(folder)
  for (const pipe of [callPipe(folder), endPipe(folder)]) rmSync(pipe, { force: true })
}

/** A folder for a deployment: the one that is laid out, or an empty one. */
export function takeFolder(layout: ProjectLayout, release: ReleaseId): void {
  try {
    renameSync(layout.nextDeployment, layout.deployment(release).folder)
  } catch {
    makeFolders(layout.deployment(release).folder, 0o750)
  }
}

function makeFile(path: string, mode: number, text = ''): void {
  writeFileSync(path, text, { flag: 'wx', mode })
}
