/** Reads the requested SLS names and all that they include into one tree: included declarations stand before their includer's. */
import { nearest } from '../../kernel/nearest.ts'
import type { FileRoots } from '../context/roots.ts'
import { Refusal } from '../definition/exceptions.ts'
import type { Declaration, Exclusion, Extension, Include, SlsTree } from './declaration.ts'
import { declare, type SlsData } from './declare.ts'
import { type Fault, fault } from './faults.ts'
import { globMatches, isGlob } from './glob.ts'
import { findSls, slsNames } from './source.ts'
import type { Place } from './step.ts'

/** All SLS files of a run as one tree. */
export interface Forest {
  readonly declarations: readonly Declaration[]
  readonly extensions: readonly Extension[]
  readonly exclusions: readonly Exclusion[]
  /** The SLS names read, in the order in which they were rendered. */
  readonly names: readonly string[]
  readonly faults: readonly Fault[]
}

type Read = { readonly data: SlsData } | { readonly faults: readonly Fault[] }

export interface ForestOptions {
  readonly roots: FileRoots
  /** Renders one SLS; called once for each, with the names of those rendered before. */
  readonly read: (sls: string, path: string, address: string, rendered: readonly string[]) => Promise<Read>
}

/** What grows while the files are read. */
interface Growth {
  readonly options: ForestOptions
  readonly visited: Set<string>
  readonly faults: Fault[]
  readonly declarations: Map<string, Declaration>
  readonly extensions: Extension[]
  readonly exclusions: Exclusion[]
  known?: readonly string[]
}

export async function gather(requested: readonly string[], options: ForestOptions): Promise<Forest> {
  const growth: Growth = {
    options,
    visited: new Set(),
    faults: [],
    declarations: new Map(),
    extensions: [],
    exclusions: [],
  }
  for (const pattern of requested) {
    const names = matching(pattern, growth)
    if (names.length === 0) growth.faults.push(notFound(pattern, growth))
    for (const name of names) await readOne(name, growth)
  }
  return {
    declarations: numbered([...growth.declarations.values()]),
    extensions: growth.extensions,
    exclusions: growth.exclusions,
    names: [...growth.visited],
    faults: growth.faults,
  }
}

async function readOne(sls: string, growth: Growth): Promise<void> {
  if (growth.visited.has(sls)) return
  const rendered = [...growth.visited]
  growth.visited.add(sls)
  const found = foundSls(sls, growth)
  if (!found) return
  const read = await growth.options.read(sls, found.path, found.address, rendered)
  if ('faults' in read) {
    growth.faults.push(...read.faults)
    return
  }
  const { tree, faults } = declare(read.data)
  growth.faults.push(...faults)
  for (const include of tree.includes) await readIncluded(include, tree, found.address, growth)
  for (const declaration of tree.declarations) add(declaration, growth)
  growth.extensions.push(...tree.extensions)
  growth.exclusions.push(...tree.exclusions)
}

async function readIncluded(include: Include, tree: SlsTree, address: string, growth: Growth): Promise<void> {
  const name = include.name.startsWith('.') ? relativeName(include, tree, address, growth) : include.name
  if (name === null) return
  const names = matching(name, growth)
  if (names.length === 0) growth.faults.push(notIncluded(name, include.place, tree.sls, growth))
  for (const each of names) await readOne(each, growth)
}

function relativeName(include: Include, tree: SlsTree, address: string, growth: Growth): string | null {
  const [, dots = '', rest = ''] = /^(\.+)(.*)$/s.exec(include.name) ?? []
  const parts = tree.sls.split('.')
  if (address.endsWith('/init.sls') || address === 'init.sls') parts.push('init')
  if (dots.length <= parts.length) return [...parts.slice(0, parts.length - dots.length), rest].join('.')
  const message = `Attempted relative include of '${include.name}' within SLS 'base:${tree.sls}' goes beyond top level package `
  const advice = `At most ${parts.length} dots lead from '${tree.sls}' to the top.`
  growth.faults.push(fault('include', message, { sls: tree.sls, place: include.place, advice }))
  return null
}

function matching(pattern: string, growth: Growth): string[] {
  // One that is not taken from where it lies is there: whoever reads it says so.
  if (!isGlob(pattern)) return isThere(pattern, growth) ? [pattern] : []
  return allNames(growth).filter(name => globMatches(pattern, name))
}

/** Null where there is none, or none that is taken: that is told. */
function foundSls(sls: string, growth: Growth): ReturnType<typeof findSls> {
  try {
    return findSls(growth.options.roots, sls)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    growth.faults.push(fault('source', `${error.message}.`, { sls }))
    return null
  }
}

function isThere(sls: string, growth: Growth): boolean {
  try {
    return findSls(growth.options.roots, sls) !== null
  } catch (error) {
    if (error instanceof Refusal) return true
    throw error
  }
}

function allNames(growth: Growth): readonly string[] {
  growth.known ??= slsNames(growth.options.roots)
  return growth.known
}

function notFound(name: string, growth: Growth): Fault {
  return fault('source', `No matching sls found for '${name}' in env 'base'`, {
    sls: name,
    advice: guess(name, growth),
  })
}

function notIncluded(name: string, place: Place, sls: string, growth: Growth): Fault {
  const message = `Specified SLS ${name} in saltenv base is not available on the salt master or through a configured fileserver`
  return fault('include', message, { sls, place, advice: guess(name, growth) })
}

function guess(name: string, growth: Growth): string {
  const near = nearest(name, allNames(growth))
  const file = `${name.replaceAll('.', '/')}.sls`
  return near ? `Did you mean '${near}'?` : `Make the file ${file} below ${growth.options.roots.folders.join(' or ')}.`
}

function add(declaration: Declaration, growth: Growth): void {
  const { id, sls, place } = declaration
  const other = growth.declarations.get(id)
  if (!other) {
    growth.declarations.set(id, declaration)
    return
  }
  const message =
    'Detected conflicting IDs, SLS IDs need to be globally unique.\n' +
    `    The conflicting ID is '${id}' and is found in SLS 'base:${other.sls}' and SLS 'base:${sls}'`
  const advice = `It is declared in ${other.place.path}:${other.place.line} too: rename one of them.`
  growth.faults.push(fault('identity', message, { sls, place, advice }))
}

/** Gives each body without an `order` of its own its place in the tree. */
function numbered(declarations: readonly Declaration[]): Declaration[] {
  let position = 10_000
  return declarations.map(declaration => ({
    ...declaration,
    bodies: declaration.bodies.map(body =>
      body.entries.some(({ name }) => name === 'order') ? body : { ...body, position: position++ },
    ),
  }))
}
