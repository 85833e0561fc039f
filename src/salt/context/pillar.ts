/** Renders the pillar: its top file, the files that it names and theirs, merged in order; given values on top. */

import { Refusal } from '../definition/exceptions.ts'
import { merged, mergedBy, strategyOf } from '../definition/merge.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { type Fault, fault, withoutValues } from '../language/faults.ts'
import { globMatches, isGlob } from '../language/glob.ts'
import { renderSls } from '../language/render.ts'
import { findSls, slsNames } from '../language/source.ts'
import { findTop, topMatches } from '../language/top.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { fileRoots } from './roots.ts'
import { createWorld, pillarDict, type World, type WorldInput } from './world.ts'

export interface RenderedPillar {
  readonly pillar: Dict
  readonly faults: readonly Fault[]
}

export async function renderPillar(input: WorldInput): Promise<RenderedPillar> {
  const roots = input.pillarRoots ?? []
  const given = input.pillarSls
  if (roots.length === 0 || !(given || findTop(fileRoots(roots))))
    return { pillar: pillarDict(input.pillar), faults: [] }
  const world = createWorld({ ...input, pillar: pillarDict(input.pillar), fileRoots: roots, mounts: new Map() })
  try {
    const reading: Reading = { world, faults: [], rendered: new Map(), merge: mergeOf(world) }
    const names = given ?? (await namesOfTop(reading))
    // What was given lies below too: its keys come first.
    let all = input.pillar
    for (const name of names) all = reading.merge(all, await read(name, reading))
    return { pillar: pillarDict(merged(all, input.pillar)), faults: reading.faults }
  } finally {
    world.dispose()
  }
}

interface Reading {
  readonly world: World
  readonly faults: Fault[]
  /** The own values of each file that is being read or was: included again, they are merged again, without its includes. */
  readonly rendered: Map<string, Dict>
  readonly merge: (base: Dict, over: Dict) => Dict
}

/** By the options pillar_source_merging_strategy and pillar_merge_lists. */
function mergeOf({ opts }: World): Reading['merge'] {
  const strategy = strategyOf(textOf(opts.get('pillar_source_merging_strategy') ?? 'smart'))
  const lists = truthOf(opts.get('pillar_merge_lists') ?? false)
  return (base, over) => mergedBy(strategy, base, over, { lists })
}

async function namesOfTop(reading: Reading): Promise<readonly string[]> {
  const { world, faults } = reading
  const top = findTop(world.files)
  if (!top) return []
  if ('fault' in top) {
    faults.push({ ...top.fault, kind: 'pillar' })
    return []
  }
  const rendered = await renderSls(top, world)
  if ('faults' in rendered) {
    faults.push(...rendered.faults.map(topFault))
    return []
  }
  const machine = { id: textOf(world.opts.get('id') ?? ''), grains: world.grains, pillar: world.pillar }
  const matches = topMatches(rendered.data.value, machine, top.path)
  faults.push(...matches.faults)
  return matches.names.flatMap(name =>
    isGlob(name) ? slsNames(world.files).filter(known => globMatches(name, known)) : [name],
  )
}

async function included(sls: string, reading: Reading, defaults?: Dict): Promise<Dict> {
  return reading.rendered.get(sls) ?? read(sls, reading, defaults)
}

async function read(sls: string, reading: Reading, defaults?: Dict): Promise<Dict> {
  const { world, faults } = reading
  reading.rendered.set(sls, new Dict())
  const found = foundSls(sls, reading)
  if (found === 'refused') return new Dict()
  if (!found) {
    const message = `Specified SLS '${sls}' in environment 'base' is not available on the salt master`
    faults.push(fault('pillar', message, { sls, advice: `Make ${sls.replaceAll('.', '/')}.sls in the pillar.` }))
    return new Dict()
  }
  const names = defaults && new Map([...defaults].map(([key, value]) => [textOf(key), value]))
  const rendered = await renderSls({ sls, ...found }, world, names)
  if ('faults' in rendered) {
    faults.push(...rendered.faults.map(each => renderFault(sls, each)))
    return new Dict()
  }
  const { value } = rendered.data
  if (value === null || value === '') return new Dict()
  if (!(value instanceof Dict)) {
    const place = { path: found.path, line: 1, column: 1 }
    faults.push(fault('pillar', `SLS '${sls}' does not render to a dictionary`, { sls, place }))
    return new Dict()
  }
  reading.rendered.set(sls, Dict.of([...value].filter(([key]) => key !== 'include')))
  return withIncludes(sls, value, found.path, reading)
}

/** What lies where it is not taken from is told. */
function foundSls(sls: string, { world, faults }: Reading): ReturnType<typeof findSls> | 'refused' {
  try {
    return findSls(world.files, sls)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    faults.push(fault('pillar', `${error.message}.`, { sls }))
    return 'refused'
  }
}

/** Included values first: the includer's own win. */
async function withIncludes(sls: string, own: Dict, path: string, reading: Reading): Promise<Dict> {
  const includes = own.get('include')
  if (includes === undefined) return own
  const values = new Dict()
  for (const [key, value] of own) if (key !== 'include') values.set(key, value)
  if (!Array.isArray(includes)) {
    reading.faults.push(fault('pillar', `Include Declaration in SLS '${sls}' is not formed as a list`, { sls }))
    return values
  }
  let all = new Dict()
  for (const item of includes) {
    const { name, key, defaults } = includeOf(item)
    const target = name.startsWith('.') ? relative(name, sls, path) : name
    for (const each of isGlob(target)
      ? slsNames(reading.world.files).filter(known => globMatches(target, known))
      : [target])
      all = reading.merge(all, under(key, await included(each, reading, defaults)))
  }
  return reading.merge(all, values)
}

function includeOf(item: Value): { name: string; key: string | null; defaults?: Dict } {
  const [first] = item instanceof Dict ? item : []
  if (!first) return { name: textOf(item), key: null }
  const [name, options] = first
  const key = options instanceof Dict ? options.get('key') : undefined
  const defaults = options instanceof Dict ? options.get('defaults') : undefined
  return {
    name: textOf(name),
    key: key === undefined ? null : textOf(key),
    ...(defaults instanceof Dict ? { defaults } : {}),
  }
}

/** An init.sls counts as being inside of its folder. */
function relative(name: string, sls: string, path: string): string {
  const dots = /^\.+/.exec(name)?.[0].length ?? 0
  const parts = path.endsWith('/init.sls') ? [...sls.split('.'), 'init'] : sls.split('.')
  return [...parts.slice(0, Math.max(0, parts.length - dots)), name.slice(dots)].join('.')
}

/** `key: a:b` puts the included values below a and b. */
function under(key: string | null, values: Dict): Dict {
  if (key === null) return values
  return key.split(':').reduceRight((inner, part) => Dict.of([[part, inner]]), values)
}

/** Of the top file Salt tells the details. */
function topFault(found: Fault): Fault {
  const why = found.message.replace(/^Rendering SLS '[^']*' failed: /, '')
  const message = `Rendering Primary Top file failed, render error:\n${withoutValues(why)}`
  return { ...found, kind: 'pillar', message, excerpt: null }
}

/** Salt hides the details of a pillar; ours stay with the fault, told apart from its first sentence. */
function renderFault(sls: string, found: Fault): Fault {
  if (found.kind === 'unknown') return found
  const message = `Rendering SLS '${sls}' failed. Please see master log for details.`
  return {
    ...found,
    kind: 'pillar',
    message,
    excerpt: null,
    advice: `${withoutValues(found.message)}\n  ${found.advice}`,
  }
}
