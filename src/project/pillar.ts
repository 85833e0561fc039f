/** The pillar: its working copy, and its content as data. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { firstBranch, headBranch } from '../git/refs.ts'
import { adminFolder, adoptTree, bringTo, type TreePlace } from '../git/tree.ts'
import { openAnywhere } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { linkIfThere, textIfFile, textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { isRoot } from '../shell/account.ts'
import type { Shell } from '../shell/shell.ts'

const pillarPlace = (layout: ProjectLayout): TreePlace => ({
  projectGit: layout.pillarGit,
  id: 'pillar',
  tree: layout.pillar,
})

/** The commit that the pillar's working copy stands at. */
export function pillarAt(layout: ProjectLayout): string | null {
  return textIfThere(join(adminFolder(pillarPlace(layout)), 'HEAD'))?.trim() || null
}

/** Branches that a pillar may come by, that which came last first. */
export function pillarBranches({ pillarGit }: Pick<ProjectLayout, 'pillarGit'>): string[] {
  return [...new Set([headBranch(pillarGit) ?? 'master', 'master', 'main'])]
}

/** The commit of the pillar's branch, or null before the first push. */
export const pillarCommitOf = (layout: Pick<ProjectLayout, 'pillarGit'>): string | null =>
  firstBranch(layout.pillarGit, pillarBranches(layout))?.commit ?? null

/** What a deployment says of it. */
export interface PillarToBring {
  readonly layout: ProjectLayout
  readonly shell: Shell
  readonly pillarCommit: string | null
}

/** Brings the working copy to the deployment's pillar commit; a file that was edited in it is overwritten. */
export async function bringPillar({ layout, shell, pillarCommit }: PillarToBring): Promise<void> {
  if (pillarCommit === null) return
  const place = pillarPlace(layout)
  const at = pillarAt(layout)
  mkdirSync(layout.pillar, { recursive: true, mode: 0o750 })
  if (at === null || !existsSync(join(layout.pillar, '.git'))) adoptTree(place, pillarCommit)
  else if (at === pillarCommit) return
  await bringTo(shell, place, at, pillarCommit)
  chmodSync(layout.pillar, 0o750)
}

/** The pillar as data. Throws PILLAR_INVALID with file, line and column. */
export async function readPillar(folder: string, name: string): Promise<Value> {
  const path = join(folder, 'init.sls')
  if (!isBelieved(path)) throw invalid(name, [`${path} is a link to where an account of this machine may write`])
  const text = textIfFile(path)
  if (text === null) throw invalid(name, ['init.sls is no file: it must be one, with the settings in it'])
  if (text === undefined || !/^[ \t]*[^\s#]/m.test(text)) return new Dict()
  // Most pillars are plain data: the state engine is loaded for templates and includes only.
  if (isPlainData(text)) return readPlainPillar(path, text, name)
  const { renderPillar } = await import('./pillar-rendering.ts')
  const rendered = await renderPillar(folder)
  if (rendered.faults.length > 0) throw invalid(name, rendered.faults)
  return rendered.pillar
}

/**
 * The data of a pillar that was pushed and not accepted yet: its templates have no effects. Where they would, the data are
 * null, and `unknown` has a sentence for each file.
 */
export async function readPushedPillar(folder: string, name: string): Promise<{ data: Value; unknown: string[] }> {
  if (isPlainPillar(folder)) return { data: await readPillar(folder, name), unknown: [] }
  const { renderPushedPillar } = await import('./pillar-rendering.ts')
  const { pillar, faults, unknown } = await renderPushedPillar(folder)
  if (faults.length > 0) throw invalid(name, faults)
  return { data: unknown.length > 0 ? null : pillar, unknown }
}

const invalid = (name: string, faults: readonly string[]): CorpusError =>
  new CorpusError('PILLAR_INVALID', `The pillar of ${name} does not render.`, { detail: faults.join('\n') })

/** Whether the pillar is data alone: read or not, it does nothing. */
export const isPlainPillar = (folder: string): boolean => isPlainData(textIfFile(join(folder, 'init.sls')) ?? '')

/** To root, what is behind a link counts where nobody else writes. */
function isBelieved(path: string): boolean {
  if (!isRoot() || linkIfThere(path) === undefined) return true
  const open = openAnywhere(path)
  open?.close()
  return open === undefined || open.isOurs
}

const isPlainData = (text: string): boolean => !/\{[{%#]|^#!|^include[ \t]*:/m.test(text)

async function readPlainPillar(path: string, text: string, name: string): Promise<Value> {
  const known = readPlain.get(text)
  if (known !== undefined) return known
  const { readYaml } = await import('../salt/yaml/read.ts')
  try {
    const value = readYaml({ path, text }) ?? new Dict()
    // A warm runner meets the same few pillars again and again; whoever merges them copies.
    if (readPlain.size > 100) readPlain.clear()
    readPlain.set(text, value)
    return value
  } catch (error) {
    const { line, column, problem } = error as { line?: number; column?: number; problem?: string }
    if (line === undefined) throw error
    const { withoutValues } = await import('../salt/language/faults.ts')
    throw new CorpusError('PILLAR_INVALID', `The pillar of ${name} does not render.`, {
      // The line may be a secret, and so may what the problem quotes of it.
      detail: `init.sls:${line}:${column}: ${withoutValues(problem ?? '')}`,
    })
  }
}

const readPlain = new Map<string, Value>()
