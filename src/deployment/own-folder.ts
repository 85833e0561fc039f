/**
 * What corpus keeps of a project stood in the project's data before, which belongs to the account: a folder there may be another
 * by now. So it is made anew from what root alone wrote (the kept releases, the history, git), and what that does not prove is said.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { removeLeftovers } from '../artifacts/leftovers.ts'
import { toJson } from '../configuration/json.ts'
import { parseSaved, type SavedConfiguration, writeSaved } from '../configuration/saved.ts'
import { gitIn } from '../git/git.ts'
import { bytesBelow, entryBelow, inFolder, namesBelow, type OpenFolder, openBelow } from '../kernel/beneath.ts'
import { isFolder, jsonIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { isReleaseId, type ReleaseId, shown } from '../kernel/names.ts'
import { releaseTime } from '../kernel/release.ts'
import { currentRelease, deploymentIds, readRecord } from '../pipeline/history.ts'
import { readJournal } from '../pipeline/journal.ts'
import { Dict } from '../salt/python/dict.ts'
import { isRoot } from '../shell/account.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'

export interface UpgradeMarker {
  readonly step: string
  readonly sha256: string
  readonly release: string
  readonly at: string
}

/** Two files may bear one name: `.salt/upgrade.sls` and `.salt/upgrades/upgrade.sls`. */
export const stepInFolder = (name: string): string => (name === 'upgrade' ? 'upgrades/upgrade' : name)

/** Whether what corpus keeps of the project is in its own folder: the saved configuration comes there last. Costs a look. */
export const hasOwnFolder = (layout: ProjectLayout): boolean => existsSync(layout.savedConfiguration)

/**
 * Makes the folder, whole or not at all. Whoever calls holds the project's lock. Answers what could not be proven, a sentence
 * each; the next deployment says it again.
 */
export async function makeOwnFolder(layout: ProjectLayout, shell: Shell): Promise<string[]> {
  if (hasOwnFolder(layout)) return []
  removeLeftovers(layout.own)
  const fresh = join(dirname(layout.own), `.corpus.${randomBytes(6).toString('hex')}.new`)
  mkdirSync(fresh, { mode: 0o700 })
  try {
    const before = readBefore(layout)
    const at = (path: string) => join(fresh, path.slice(layout.own.length + 1))
    const said = [
      ...keepSaved(layout, before, at(layout.savedConfiguration)),
      ...keepVariables(layout, before, at(layout.environment)),
      ...(await keepMarkers(layout, shell, before, at(layout.upgradeMarkers))),
    ]
    mkdirSync(at(layout.restores), { mode: 0o700 })
    if (said.length > 0) writeWhole(at(unprovenFile(layout)), JSON.stringify(said), { mode: 0o600, durable: true })
    putInPlace(fresh, layout)
    removeBefore(layout, shell)
    return said
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    throw error
  }
}

/** Others may have made the folder for what they keep there: then the parts come one by one, and the last says that all are there. */
function putInPlace(fresh: string, layout: ProjectLayout): void {
  if (!isFolder(layout.own)) {
    renameSync(fresh, layout.own)
    return
  }
  chmodSync(layout.own, 0o700)
  const last = basename(layout.savedConfiguration)
  for (const name of [...readdirSync(fresh).filter(one => one !== last), last]) {
    rmSync(join(layout.own, name), { recursive: true, force: true })
    renameSync(join(fresh, name), join(layout.own, name))
  }
  rmSync(fresh, { recursive: true })
}

/** What could not be proven when the folder was made, for the first deployment after that. */
export function takeUnproven(layout: ProjectLayout): string[] {
  const said = jsonIfThere<string[]>(unprovenFile(layout)) ?? []
  if (said.length > 0) rmSync(unprovenFile(layout))
  return said
}

const unprovenFile = (layout: ProjectLayout): string => join(layout.own, 'unproven.json')

/** What stands in the place of before. */
interface Before {
  /** As it can be with root's folder alone: a real folder with mode 0700, files of root's with one name. */
  readonly isRoots: boolean
  readonly saved: string | undefined
  readonly environment: string | undefined
  /** By the names of their files. */
  readonly markers: ReadonlyMap<string, string>
}

const nothing: Before = { isRoots: false, saved: undefined, environment: undefined, markers: new Map() }
const largest = 4 * 1024 * 1024
const mostMarkers = 10_000

function readBefore(layout: ProjectLayout): Before {
  return inFolder(layout.data, data => readFolder(data)) ?? nothing
}

function readFolder(data: OpenFolder): Before {
  if (!entryBelow(data, '.corpus')?.isDirectory()) return nothing
  const folder = openIfThere(data, '.corpus')
  if (folder === undefined) return nothing
  try {
    const files = ['configuration.json', 'environment.json']
    const names = namesBelow(folder, 'upgrades').slice(0, mostMarkers)
    const markers = names.map(name => `upgrades/${name}`)
    const { uid, mode } = fstatSync(folder.fd)
    const own = process.getuid?.() ?? 0
    const isRoots =
      uid === own &&
      (mode & 0o077) === 0 &&
      [...files, ...markers].every(name => {
        const entry = entryBelow(folder, name)
        return entry === undefined || (entry.isFile() && entry.uid === own && entry.nlink === 1)
      })
    return {
      isRoots,
      saved: textOf(folder, 'configuration.json'),
      environment: textOf(folder, 'environment.json'),
      markers: new Map(names.map((name, at) => [name, textOf(folder, markers[at] as string) ?? ''])),
    }
  } finally {
    folder.close()
  }
}

function openIfThere(data: OpenFolder, name: string): OpenFolder | undefined {
  try {
    return openBelow(data, name)
  } catch {
    return undefined
  }
}

function textOf(folder: OpenFolder, name: string): string | undefined {
  try {
    return bytesBelow(folder, name, largest)?.toString('utf8')
  } catch {
    return undefined
  }
}

/** Of an ordinary user all is their own; and where nothing was ever deployed, nothing ran that could have written it. */
const believes = (layout: ProjectLayout, before: Before): boolean =>
  before.isRoots && (!isRoot() || deploymentIds(layout).length === 0)

function keepSaved(layout: ProjectLayout, before: Before, file: string): string[] {
  const then = parsedSaved(before.saved)
  if (then !== undefined && believes(layout, before)) {
    writeSaved(file, then)
    return []
  }
  const proven = provenSaved(layout)
  writeSaved(file, proven ?? { settings: new Dict(), snapshot: null, release: null, apiVersion: 2 })
  const names = then === undefined ? [] : differing(then.settings, proven?.settings ?? new Dict())
  if (names.length > 0)
    return [
      `settings made since the last deployment stand where the account of ${layout.name} could have written them, and do not count: ${list(names)}; set again what is meant: corpus config set ${layout.name} KEY=VALUE`,
    ]
  return then === undefined && isDeployed(layout)
    ? [
        `what was set since the last deployment of ${layout.name} is not where root left it: see corpus config get ${layout.name}, and set again what is missing`,
      ]
    : []
}

/** What was saved when the release that runs had succeeded; of one that never did, its mode. */
function provenSaved(layout: ProjectLayout): SavedConfiguration | undefined {
  const current = currentRelease(layout)
  const text = current === null ? undefined : rootsText(layout, layout.release(current), 'configuration.saved.json')
  const saved = parsedSaved(text)
  if (saved !== undefined) return saved
  const mode = deploymentIds(layout)
    .map(release => readRecord(layout, release)?.mode)
    .find(one => one !== undefined && one !== '')
  if (mode === undefined) return undefined
  const settings = new Dict()
  settings.set('mode', mode)
  return { settings, snapshot: null, release: null, apiVersion: 2 }
}

function parsedSaved(text: string | undefined): SavedConfiguration | undefined {
  try {
    return text === undefined ? undefined : parseSaved(text, 'of before')
  } catch {
    return undefined
  }
}

/** The names at the top that are not the same in both. */
function differing(one: Dict, other: Dict): string[] {
  const textIn = (dict: Dict, key: string) => JSON.stringify(dict.has(key) ? toJson(dict.get(key) ?? null) : undefined)
  const keys = [...one, ...other].map(([key]) => String(key))
  return [...new Set(keys)].filter(key => textIn(one, key) !== textIn(other, key)).sort()
}

function keepVariables(layout: ProjectLayout, before: Before, file: string): string[] {
  const current = currentRelease(layout)
  const proven = believes(layout, before)
    ? before.environment
    : current === null
      ? undefined
      : rootsText(layout, layout.release(current), 'environment.json')
  if (proven !== undefined) writeWhole(file, proven, { mode: 0o600, durable: true })
  const names = differingRows(before.environment, proven)
  return names.length === 0
    ? []
    : [
        `variables set since the last deployment of ${layout.name} do not count, for the same reason: ${list(names)}; set them again: corpus env set ${layout.name} KEY=VALUE`,
      ]
}

function differingRows(before: string | undefined, proven: string | undefined): string[] {
  const one = rowsIn(before)
  const other = rowsIn(proven)
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return before === undefined
    ? []
    : [...names].filter(name => JSON.stringify(one[name]) !== JSON.stringify(other[name])).sort()
}

function rowsIn(text: string | undefined): Record<string, unknown> {
  try {
    const { variables } = JSON.parse(text ?? '{}') as { variables?: Record<string, unknown> | null }
    return typeof variables === 'object' && variables !== null ? variables : {}
  } catch {
    return {}
  }
}

/** Steps that root's own journals say were done; older ones count where root's folder is there to say so. */
async function keepMarkers(layout: ProjectLayout, shell: Shell, before: Before, folder: string): Promise<string[]> {
  mkdirSync(folder, { mode: 0o700 })
  const then = [...before.markers].flatMap(([name, text]) => markerIn(name, text) ?? [])
  const done = await stepsDone(layout, shell, then)
  const oldest = deploymentIds(layout).at(-1)
  const unproven: string[] = []
  for (const marker of then) {
    if (done.has(marker.step)) continue
    const isOlder = oldest === undefined || marker.release < oldest
    if (before.isRoots && (!isRoot() || isOlder)) done.set(marker.step, marker)
    else unproven.push(marker.step)
  }
  for (const marker of done.values())
    writeWhole(join(folder, `${encodeURIComponent(marker.step)}.json`), `${JSON.stringify(marker)}\n`, {
      durable: true,
    })
  return unproven.length === 0
    ? []
    : [`upgrade steps that no deployment of ${layout.name} is known to have done count as not done: ${list(unproven)}`]
}

function markerIn(name: string, text: string): UpgradeMarker | undefined {
  try {
    const { step, sha256, release, at } = JSON.parse(text) as Partial<Record<keyof UpgradeMarker, unknown>>
    const holds =
      typeof step === 'string' &&
      name === `${encodeURIComponent(step)}.json` &&
      typeof sha256 === 'string' &&
      /^[0-9a-f]{64}$/.test(sha256) &&
      typeof release === 'string' &&
      isReleaseId(release) &&
      typeof at === 'string' &&
      !Number.isNaN(Date.parse(at))
    return holds ? { step, sha256, release, at } : undefined
  } catch {
    return undefined
  }
}

/** Oldest deployment first: a step that is taken back by its downgrade may be done again. */
async function stepsDone(
  layout: ProjectLayout,
  shell: Shell,
  then: readonly UpgradeMarker[],
): Promise<Map<string, UpgradeMarker>> {
  const done = new Map<string, UpgradeMarker>()
  if (!isRootsFolder(layout.deployments)) return done
  for (const release of deploymentIds(layout).reverse()) {
    for (const { step: file, phase, at } of readJournal(layout.deployment(release).journal)) {
      const below = /^upgrades[./](.+?)(\.downgrade)?\.sls$/.exec(String(file))
      const step = file === 'upgrade.sls' ? 'upgrade' : below?.[1] && stepInFolder(below[1])
      const back = below?.[2]
      if (step === undefined || phase !== 'done') continue
      if (back !== undefined) done.delete(step) || done.delete(step.replace(/^upgrades\/upgrade$/, 'upgrade'))
      else if (!done.has(step)) {
        const known = then.find(marker => marker.step === step && marker.release === release)
        const sha256 = (await digestOfStep(layout, shell, release, step)) ?? known?.sha256
        const marker = { step, release, at: new Date(Number(at) || releaseTime(release)).toISOString() }
        if (sha256 !== undefined) done.set(step, { ...marker, sha256 })
      }
    }
  }
  return done
}

/** Of the file as the deployment's commit has it. */
async function digestOfStep(
  layout: ProjectLayout,
  shell: Shell,
  release: ReleaseId,
  step: string,
): Promise<string | undefined> {
  const commit = readRecord(layout, release)?.commit
  if (!commit) return undefined
  const git = gitIn(shell, { gitDir: layout.projectGit, env: { GIT_NO_REPLACE_OBJECTS: '1' } })
  const file = step === 'upgrade' ? '.salt/upgrade.sls' : `.salt/upgrades/${step.replace(/^upgrades\//, '')}.sls`
  const shownFile = await git.outcome(['cat-file', 'blob', `${commit}:${file}`])
  return shownFile.status === 0 ? createHash('sha256').update(shownFile.stdout).digest('hex') : undefined
}

const isDeployed = (layout: ProjectLayout): boolean => deploymentIds(layout).length > 0

/** A folder that nobody but root (or who runs this) can put anything into. */
function isRootsFolder(path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  const own = process.getuid?.() ?? 0
  return entry?.isDirectory() === true && entry.uid === own && (!isRoot() || (entry.mode & 0o022) === 0)
}

/** The text of a file that root wrote into a release's folder. */
function rootsText(layout: ProjectLayout, folder: string, name: string): string | undefined {
  if (![layout.home, layout.archives, layout.archived, folder].every(isRootsFolder)) return undefined
  let file: number
  try {
    file = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const { uid, nlink } = fstatSync(file)
    return fstatSync(file).isFile() && uid === process.getuid?.() && nlink === 1
      ? readFileSync(file, 'utf8')
      : undefined
  } finally {
    closeSync(file)
  }
}

/** rm(1) goes by opened folders and into no link. What resists stays: nothing believes it. */
function removeBefore(layout: ProjectLayout, shell: Shell): void {
  if (!isFolder(layout.data)) return
  shell.runSync({ argv: [program('rm'), '-rf', '--', '.corpus'], cwd: layout.data, env: {} })
}

const most = 20
const list = (names: readonly string[]): string =>
  names.slice(0, most).map(plain).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '')
const plain = (name: string): string => (/^[\w.:-]{1,80}$/.test(name) ? name : shown(name))
