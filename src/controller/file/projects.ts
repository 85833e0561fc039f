/** Projects, as a file has them: what was set of them, and the names of their variables. */
import { existsSync } from 'node:fs'
import { listVariables, parseVariable, setVariables, unsetVariables } from '../../configuration/environment.ts'
import { merged } from '../../configuration/merge.ts'
import type { Entry, Piece, Reader } from '../../configuration/placed-yaml.ts'
import { modeOfPlatform } from '../../configuration/platform.ts'
import { readSaved, type SavedConfiguration, withoutSetting, withSettings } from '../../configuration/saved.ts'
import { hostName } from '../../ingress/hosts.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { projectLayout, rootLayout } from '../../kernel/layout.ts'
import { isProjectName, type ProjectName, shown } from '../../kernel/names.ts'
import { hasHookSettings } from '../../project/hook-settings.ts'
import { findInstaller } from '../../project/installer.ts'
import { environmentStore } from '../../project/variables.ts'
import { Dict } from '../../salt/python/dict.ts'
import type { Value } from '../../salt/python/value.ts'
import { changeConfiguration } from '../config.ts'
import type { Context } from '../context.ts'
import { openProject, projectNames } from '../context.ts'
import { installersOf } from '../installed.ts'
import { lockProject } from '../lock.ts'
import { type Change, type Field, type Hands, listText, type Notice, turns } from './change.ts'
import { attempt } from './keys.ts'
import {
  canBeWritten,
  checkSetting,
  isSaid,
  isSecret,
  type Leaf,
  layerOf,
  leavesOf,
  named,
  pathText,
  toldOf,
  valueAt,
} from './settings.ts'

export interface WantedProject {
  readonly name: ProjectName
  readonly leaves: readonly Leaf[]
  /** null: its name is all that is known. Undefined where nothing was said of any. */
  readonly variables: ReadonlyMap<string, string | null> | undefined
  readonly at: number
  /** Of variables. */
  readonly places: ReadonlyMap<string, number>
}

export interface ProjectThere {
  readonly saved: Dict
  /** null: it is not shown. Undefined where nobody asked. */
  readonly variables: ReadonlyMap<string, { readonly secret: boolean; readonly value: string | null }> | undefined
}

/** What was set; of the variables, those that are no secret with their value. */
export function projectThere({ root }: Pick<Context, 'root'>, name: ProjectName, withVariables: boolean): ProjectThere {
  const layout = projectLayout(root, name)
  const { settings } = readSaved(layout.savedConfiguration)
  if (!withVariables) return { saved: settings, variables: undefined }
  const listed = listVariables(environmentStore(layout), { reveal: false })
  const variables = new Map(
    listed.map(one => [
      one.name,
      { secret: one.secret || one.encoding === 'base64', value: one.encoding === 'utf8' ? one.value : null },
    ]),
  )
  return { saved: settings, variables }
}

export function readProjects(reader: Reader, piece: Piece): ReadonlyMap<ProjectName, WantedProject> {
  const hosts = new Map<string, string>()
  return new Map(
    reader.mapping(piece, 'projects').flatMap(entry => {
      const { key: name, keyAt } = entry
      if (!isProjectName(name)) {
        reader.fault(keyAt, `${shown(name)} is not a project name`)
        return []
      }
      const known = [...named, 'settings', 'environment'] as const
      const fields = reader.fields(entry, `the project ${name}`, known)
      const settings = readSettings(reader, fields)
      checkHosts(reader, fields.get('domains'), settings, name, hosts)
      const { variables, places } = readVariables(reader, fields.get('environment'))
      return [[name, { name, leaves: leavesOf(settings), variables, places, at: keyAt }] as const]
    }),
  )
}

function readSettings(reader: Reader, fields: ReadonlyMap<string, Entry>): Dict {
  const all = new Dict()
  const add = (entry: Entry) => {
    const value = reader.value(entry)
    checkSetting(entry.key, value, entry.keyAt, reader.fault)
    all.set(entry.key, value)
  }
  for (const key of named) {
    const entry = fields.get(key)
    if (entry !== undefined) add(entry)
  }
  const settings = fields.get('settings')
  for (const entry of settings === undefined ? [] : reader.mapping(settings, 'settings'))
    if ((named as readonly string[]).includes(entry.key))
      reader.fault(entry.keyAt, `${entry.key} stands beside settings, not in it`)
    else add(entry)
  return all
}

/** Two projects of a file that want the same one would only find out when the second is deployed. */
function checkHosts(
  reader: Reader,
  entry: Entry | undefined,
  settings: Dict,
  project: string,
  hosts: Map<string, string>,
): void {
  const value = settings.get('domains') ?? []
  const texts = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : Array.isArray(value) ? value : []
  if (entry === undefined) return
  for (const text of texts) {
    if (typeof text !== 'string') continue
    const host = attempt(reader, entry.at, () => hostName(text))
    if (host === undefined) continue
    const owner = hosts.get(host)
    if (owner !== undefined && owner !== project) reader.fault(entry.at, `${host} is a domain of ${owner} already`)
    hosts.set(host, project)
  }
}

/** A mapping of names to values, of which those of secrets are left out; or names alone. */
function readVariables(reader: Reader, entry: Entry | undefined): Pick<WantedProject, 'variables' | 'places'> {
  const variables = new Map<string, string | null>()
  const places = new Map<string, number>()
  if (entry === undefined) return { variables: undefined, places }
  const put = (name: string, value: string | null, at: number) => {
    attempt(reader, at, () => parseVariable(`${name}=${value ?? ''}`))
    variables.set(name, value)
    places.set(name, at)
  }
  if (reader.isList(entry))
    for (const one of reader.list(entry, 'environment')) {
      const name = reader.text(one, 'the name of a variable')
      if (name !== undefined) put(name, null, one.at)
    }
  else
    for (const one of reader.mapping(entry, 'environment'))
      put(one.key, reader.isEmpty(one) ? null : (reader.scalarText(one, one.key) ?? null), one.keyAt)
  return { variables, places }
}

export interface ProjectChoice {
  /** What the file does not name of a project that it names goes. */
  readonly prune: boolean
  /** Projects that go, with all of their data. */
  readonly destroy: readonly string[]
}

export async function projectChanges(
  context: Context,
  wanted: ReadonlyMap<ProjectName, WantedProject>,
  { prune, destroy }: ProjectChoice,
  fault: Reader['fault'],
): Promise<{
  readonly changes: readonly Change[]
  readonly left: readonly string[]
  readonly notices: readonly Notice[]
}> {
  const there = projectNames(context)
  // One that was begun and never came to its end is made as one that is not there.
  const isThere = new Set<string>(there.filter(one => hasHookSettings(projectLayout(context.root, one))))
  const changes: Change[] = []
  const left: string[] = []
  const notices: Notice[] = []
  const installers = new Map<string, string | undefined>()
  for (const project of wanted.values()) {
    const { name } = project
    if (!isThere.has(name)) await checkNew(context, project, installers, fault)
    // A damaged one is told by its own error.
    const now = isThere.has(name)
      ? projectThere(context, name, project.variables !== undefined)
      : { saved: new Dict(), variables: new Map() }
    const found = differences(project, now, fault)
    if (found.lacks.length > 0)
      notices.push(`${name} lacks ${found.lacks.join(', ')}: corpus env set ${name} ${found.lacks[0]}=…`)
    const unset = prune ? found.unnamed : []
    if (!prune) left.push(...found.unnamed.map(path => `${pathText(path)} of ${name}`))
    const unsetVariables = prune ? found.unnamedVariables : []
    if (!prune) left.push(...found.unnamedVariables.map(one => `the variable ${one} of ${name}`))
    const fields = [
      ...found.set.map(leaf => fieldOf(leaf, now.saved)),
      ...unset.map(path => ({ key: pathText(path), before: toldAt(now.saved, path) })),
      ...[...found.variables].map(([key, after]) => ({
        key: `environment.${key}`,
        ...(now.variables?.get(key) && { before: now.variables.get(key)?.value }),
        after,
      })),
      ...unsetVariables.map(key => ({
        key: `environment.${key}`,
        before: now.variables?.get(key)?.value ?? '********',
      })),
    ]
    if (isThere.has(name) && fields.length === 0) continue
    const does = { set: found.set, unset, named: project.leaves, variables: found.variables, unsetVariables }
    changes.push({
      ...{ action: isThere.has(name) ? 'change' : 'add', kind: 'project', name, fields, turn: turns.project },
      carryOut: hands => (isThere.has(name) ? mend(hands, name, does) : make(hands, name, does)),
    })
  }
  const others = there.filter(one => !wanted.has(one))
  const staying = others.filter(one => !(prune && destroy.includes(one)))
  changes.push(...others.filter(one => !staying.includes(one)).map(destroyed))
  if (!prune) left.push(...staying.map(one => `the project ${one}`))
  else if (staying.length > 0) notices.push(stayingText(staying))
  return { changes, left, notices }
}

function stayingText(names: readonly string[]): Notice {
  const words = `not in the file, and staying with all data: ${listText(names)}`
  return `${words} (--destroy ${names[0]} destroys ${names.length === 1 ? 'it' : 'the first'})`
}

interface Doing {
  readonly set: readonly Leaf[]
  readonly unset: readonly (readonly string[])[]
  /** All that the file says. */
  readonly named: readonly Leaf[]
  readonly variables: ReadonlyMap<string, string>
  readonly unsetVariables: readonly string[]
}

interface Differences extends Pick<Doing, 'set' | 'variables'> {
  readonly unnamed: readonly (readonly string[])[]
  readonly unnamedVariables: readonly string[]
  /** Variables of which the file has the name alone, and nobody gave a value. */
  readonly lacks: readonly string[]
}

function differences(project: WantedProject, now: ProjectThere, fault: Reader['fault']): Differences {
  const { leaves, variables } = project
  const set = leaves.filter(leaf => !isSaid(now.saved, leaf))
  const isNamed = (path: readonly string[]) =>
    leaves.some(
      one =>
        isBelow(one.path, path) ||
        (isBelow(path, one.path) && (path.length === one.path.length || !isEmptyMapping(one.value))),
    )
  const unnamed = leavesOf(now.saved)
    // What no file has, no file takes away.
    .filter(leaf => !isNamed(leaf.path) && !isSecret(leaf) && canBeWritten(leaf.value))
    .map(({ path }) => path)
  const given = new Map<string, string>()
  const lacks: string[] = []
  for (const [name, value] of variables ?? []) {
    const before = now.variables?.get(name)
    if (value === null) {
      if (before === undefined) lacks.push(name)
    } else if (before?.secret === true)
      fault(project.places.get(name) ?? project.at, `${name} of ${project.name} is a secret: leave its value out`)
    else if (before?.value !== value) given.set(name, value)
  }
  const unnamedVariables =
    variables === undefined ? [] : [...(now.variables?.keys() ?? [])].filter(one => !variables.has(one))
  return { set, variables: given, unnamed, unnamedVariables, lacks }
}

/** Or the same. */
const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  above.every((key, at) => key === path[at])

const isEmptyMapping = (value: Value): boolean => value instanceof Dict && value.size === 0

function fieldOf(leaf: Leaf, saved: Dict): Field {
  const before = toldAt(saved, leaf.path)
  return { key: pathText(leaf.path), ...(before === undefined ? {} : { before }), after: toldOf(leaf) }
}

function toldAt(saved: Dict, path: readonly string[]): unknown {
  const value = valueAt(saved, path)
  return value === undefined ? undefined : toldOf({ path, value })
}

/** What only files of the project could say otherwise: there are none yet. */
async function checkNew(
  context: Context,
  { leaves, at, name }: WantedProject,
  known: Map<string, string | undefined>,
  fault: Reader['fault'],
): Promise<void> {
  const valueAtTop = (key: string) => leaves.find(({ path }) => path.length === 1 && path[0] === key)?.value ?? null
  const platform = valueAtTop('default_env')
  if (typeof platform === 'string' && valueAtTop('mode') === null)
    attempt({ fault }, at, () => modeOfPlatform(platform))
  const value = valueAtTop('installer')
  if (typeof value !== 'string' || value === 'auto') return
  if (!known.has(value)) {
    const folders = {
      official: installersOf(context),
      extra: rootLayout(context.root).installers,
      salt: '/nonexistent',
    }
    const wrong = await findInstaller(value, folders).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof CorpusError) return error.message
        throw error
      },
    )
    known.set(value, wrong)
  }
  const wrong = known.get(value)
  if (wrong !== undefined) fault(at, `${name}: ${wrong.replace(/\.$/, '')}`)
}

async function make({ asked }: Hands, name: ProjectName, does: Doing): Promise<void> {
  const settings = does.set.reduce((below, leaf) => merged(below, layerOf(leaf)), new Dict())
  const { init } = await import('../init.ts')
  const [origin, pillarOrigin] = (['origin', 'pillar_origin'] as const).map(key => {
    const value = settings.get(key)
    return typeof value === 'string' ? value : undefined
  })
  await init(asked, name, { settings, origin, pillarOrigin })
  await changeVariables(asked, name, does)
}

async function mend({ asked }: Hands, name: ProjectName, does: Doing): Promise<void> {
  if (does.set.length > 0 || does.unset.length > 0)
    await changeConfiguration(asked, name, async saved => {
      const set = does.set.reduce((below, leaf) => merged(below, layerOf(leaf)), new Dict())
      return { set, unset: emptied(withSettings(saved, set), does), keys: [] }
    })
  await changeVariables(asked, name, does)
}

/** A mapping of which nothing is left goes with what was in it, but where the file has it so. */
function emptied(saved: SavedConfiguration, { unset, named: kept }: Doing): (readonly string[])[] {
  const paths: (readonly string[])[] = []
  let left = saved
  for (const path of unset)
    for (let length = path.length; length > 0; length--) {
      const one = path.slice(0, length)
      const value = valueAt(left.settings, one)
      const isKept = kept.some(leaf => pathText(leaf.path) === pathText(one))
      if (length < path.length && (!(value instanceof Dict) || value.size > 0 || isKept)) break
      left = withoutSetting(left, one)[0]
      paths.push(one)
    }
  return paths
}

async function changeVariables(asked: Context, name: ProjectName, does: Doing): Promise<void> {
  if (does.variables.size === 0 && does.unsetVariables.length === 0) return
  const layout = await openProject(asked, name)
  const lock = lockProject(layout)
  try {
    const store = environmentStore(layout)
    const given = [...does.variables].map(
      ([key, value]) => [key, { value: Buffer.from(value), secret: false }] as const,
    )
    if (given.length > 0) setVariables(store, new Map(given))
    unsetVariables(store, does.unsetVariables)
  } finally {
    lock.release()
  }
}

function destroyed(name: ProjectName): Change {
  return {
    ...{ action: 'remove', kind: 'project', name, fields: [], turn: turns.projectGone },
    async carryOut({ asked }) {
      const { destroy } = await import('../destroy.ts')
      if (existsSync(projectLayout(asked.root, name).home)) await destroy(asked, name, name)
    },
  }
}
