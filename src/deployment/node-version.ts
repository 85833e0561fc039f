/** Which Node an application runs on: the choice, and what is said where there is none that will do. */
import { realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type NodePackage, readNodePackage } from '../applications/node-package.ts'
import { isInRange, parseRange } from '../applications/version-range.ts'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import { type ProjectLayout, rootLayout } from '../kernel/layout.ts'
import { lookedUp } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { type ApplicationWorld, answerOf, environmentOf, filesOf, isProgram } from './application-world.ts'

export interface NodeChoice {
  /** Folders that come before the usual ones, so that the chosen Node is found first. */
  readonly folders: readonly string[]
  /** The whole PATH then; null where there is no such Node. */
  readonly path: string | null
  readonly version: string | null
  readonly faults: readonly string[]
  readonly notices: readonly string[]
}

/** The version of the Node that an application runs on; null where there is none that will do. */
export function applicationNode(world: ApplicationWorld, shell: Shell): string | null {
  const node = readNodePackage(filesOf(world))
  return node === null ? null : chooseNode(world, shell, node).version
}

/**
 * The Node that the application finds by itself, else the caller's (of nvm, say), else the one that corpus runs on; whichever `engines`
 * allows, and of several the first that .nvmrc and the like wish for.
 */
export function chooseNode(world: ApplicationWorld, shell: Shell, node: NodePackage): NodeChoice {
  const usual = environmentOf(world)['PATH'] ?? ''
  const range = node.engines === null ? null : parseRange(node.engines)
  if (node.engines !== null && range === null)
    return { ...none, faults: [`engines.node in package.json is no range: ${node.engines}`] }
  const { wish } = node
  const wished = wish === null ? null : parseRange(wish.version.split('.').slice(0, 2).join('.'))
  const seen: string[] = []
  let first: NodeChoice | null = null
  for (const folders of foldersToTry(usual)) {
    const path = [...folders, usual].join(':')
    const version = versionOn(path, world, shell)
    if (version === null) continue
    if (range === null || isInRange(version, range)) {
      const found = { folders, path, version, faults: [], notices: [] }
      if (wished === null || isInRange(version, wished)) return found
      first ??= found
    }
    if (!seen.includes(version)) seen.push(version)
  }
  if (first !== null)
    return {
      ...first,
      notices: [
        `${wish?.file} wishes for Node ${wish?.version}, and here is ${seen.join(' and ')}: it runs on ${first.version}`,
      ],
    }
  const sentence =
    seen.length === 0
      ? 'There is no Node that the application could run on.'
      : `package.json asks for Node ${node.engines}, but here is ${seen.join(' and ')}.`
  const wayOut = 'Install such a Node, or name its folder in search_path of the configuration.'
  return { ...none, faults: [`${sentence} ${wayOut}`] }
}

const none = { folders: [], path: null, version: null, notices: [] }

function foldersToTry(usual: string): string[][] {
  const further = (process.env['PATH'] ?? '')
    .split(':')
    .filter(folder => folder.startsWith('/') && !folder.endsWith('/node_modules/.bin'))
    .filter(folder => !usual.split(':').includes(folder))
    .filter(folder => isProgram(join(folder, 'node')) || isProgram(join(folder, 'npm')))
  return [[], further, [dirname(process.execPath), ...further]]
}

function versionOn(path: string, world: ApplicationWorld, shell: Shell): string | null {
  const program = path
    .split(':')
    .map(folder => join(folder, 'node'))
    .find(isProgram)
  if (program === undefined) return null
  const { account = null } = world
  const key = `${account?.name}\0${program}`
  const known = versions.get(key) ?? rememberedVersion(world.layout, program)
  if (known !== undefined) return known
  const version = answerOf(world, shell, [lookedUp(program), '--version'])?.replace(/^v/, '') ?? null
  versions.set(key, version)
  if (version !== null) rememberVersion(world.layout, program, version)
  return version
}

/** Asked once a run: nobody replaces a Node in the middle of a deployment. */
const versions = new Map<string, string | null>()

/** Nor without a trace where only root writes: starting a Node to ask takes longer than all else that a push does there. */
function rememberedVersion(layout: ProjectLayout, program: string): string | undefined {
  const file = fileOfRoot(program)
  if (file === null) return undefined
  if (file.path === realpathSync(process.execPath)) return process.version.slice(1)
  return versionsIn(layout)[file.id]
}

function rememberVersion(layout: ProjectLayout, program: string, version: string): void {
  const file = fileOfRoot(program)
  if (file === null) return
  const others = Object.entries(versionsIn(layout)).filter(([id]) => !id.startsWith(`${file.path}\0`))
  const text = JSON.stringify({ ...Object.fromEntries(others), [file.id]: version })
  try {
    writeWhole(versionsFile(layout), text, { mode: 0o600 })
  } catch {
    // A developer's rights do not reach it, and a full disk is told of by what matters: it is asked again next time.
  }
}

const versionsFile = (layout: ProjectLayout): string => join(rootLayout(layout.root).corpus, 'node-versions.json')

function versionsIn(layout: ProjectLayout): Record<string, string> {
  try {
    return jsonIfThere<Record<string, string>>(versionsFile(layout)) ?? {}
  } catch {
    return {}
  }
}

/** A file that only root changes, and its folder; and what tells it from another that stood there before. */
function fileOfRoot(program: string): { readonly path: string; readonly id: string } | null {
  const path = realpathSync(program)
  const entry = statSync(path)
  const isRoots = [entry, statSync(dirname(path))].every(one => one.uid === 0 && (one.mode & 0o022) === 0)
  return isRoots ? { path, id: `${path}\0${entry.mtimeMs} ${entry.size} ${entry.ino}` } : null
}
