/** Turns what one declaration gives to another (`require_in`, `use`, `prereq` …) into extensions of the receiver. */

import { textOf } from '../definition/values.ts'
import type { Body, Declaration, Entry, Extension } from '../language/declaration.ts'
import { type Fault, fault } from '../language/faults.ts'
import { requisiteInKinds, requisiteWords } from '../language/words.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { idsByName, nameKey } from './extend.ts'

const inKinds: ReadonlySet<string> = new Set(requisiteInKinds)

/** A declaration's module and ID as one requisite target. */
interface Target {
  readonly id: string
  readonly module: string
}

interface Lookup {
  readonly byId: ReadonlyMap<string, Declaration>
  readonly bySls: ReadonlyMap<string, readonly Declaration[]>
  names(): ReadonlyMap<string, readonly string[]>
  /** By `name`, whatever the module. */
  anyNames(): ReadonlyMap<string, Target>
}

/** A module with a dot in it, in any of these requisites. */
export function dottedGifts(declarations: readonly Declaration[]): Fault[] {
  return declarations.flatMap(({ sls, bodies }) =>
    bodies.flatMap(({ entries, place }) =>
      entries
        .filter(({ name }) => inKinds.has(name))
        .flatMap(({ name, value }) =>
          pairsOf(value)
            .filter(([module]) => module.includes('.'))
            .map(([module, id]) => {
              const short = module.slice(0, module.indexOf('.'))
              const message = `Invalid requisite in ${name}: ${module} for ${id}, in SLS '${sls}'. Requisites must not contain dots, did you mean '${short}'?`
              return fault('requisite', message, { sls, place, advice: `Write \`- ${short}: ${id}\`.` })
            }),
        ),
    ),
  )
}

function pairsOf(value: Value): [string, string][] {
  const mappings =
    value instanceof Dict ? [value] : Array.isArray(value) ? value.filter(item => item instanceof Dict) : []
  return mappings.flatMap(mapping => [...mapping].map(([key, inner]): [string, string] => [textOf(key), textOf(inner)]))
}

/** `listen_in` is left for the end of the run, where the runner resolves it. */
export function givenTo(declarations: readonly Declaration[]): Extension[] {
  const lookup = lookupOf(declarations)
  const extensions: Extension[] = []
  for (const declaration of declarations) {
    for (const body of declaration.bodies) {
      for (const entry of body.entries) {
        if (inKinds.has(entry.name) && entry.name !== 'listen_in')
          extensions.push(...forIn(declaration, body, entry, lookup))
        else if (entry.name === 'use' || entry.name === 'use_in')
          extensions.push(...forUse(declaration, body, entry, lookup))
      }
    }
  }
  return extensions
}

function lookupOf(declarations: readonly Declaration[]): Lookup {
  const bySls = new Map<string, Declaration[]>()
  for (const declaration of declarations) {
    const those = bySls.get(declaration.sls)
    if (those) those.push(declaration)
    else bySls.set(declaration.sls, [declaration])
  }
  let names: ReadonlyMap<string, readonly string[]> | undefined
  let anyNames: ReadonlyMap<string, Target> | undefined
  return {
    byId: new Map(declarations.map(declaration => [declaration.id, declaration])),
    bySls,
    names: () => {
      names ??= idsByName(declarations)
      return names
    },
    anyNames: () => {
      anyNames ??= targetsByName(declarations)
      return anyNames
    },
  }
}

function targetsByName(declarations: readonly Declaration[]): Map<string, Target> {
  const found = new Map<string, Target>()
  for (const { id, bodies } of declarations) {
    for (const { module, entries } of bodies) {
      for (const { name, value } of entries)
        if (name === 'name' && typeof value === 'string' && !found.has(value)) found.set(value, { id, module })
    }
  }
  return found
}

function forIn(giver: Declaration, body: Body, entry: Entry, lookup: Lookup): Extension[] {
  const kind = entry.name.slice(0, -'_in'.length)
  return targetsOf(entry.value, lookup).map(({ id, module }) => ({
    id,
    sls: giver.sls,
    place: body.place,
    bodies: [bodyWith(module, [{ name: kind, value: [requisite(body.module, giver.id)] }], body)],
  }))
}

function forUse(owner: Declaration, body: Body, entry: Entry, lookup: Lookup): Extension[] {
  return targetsOf(entry.value, lookup).flatMap(({ id, module }) =>
    foundIds(id, module, lookup).flatMap((found): Extension[] => {
      const other = lookup.byId.get(found)?.bodies.find(one => one.module === module)
      if (!other) return []
      const [giver, receiver, receiverId] = entry.name === 'use' ? [other, body, owner.id] : [body, other, found]
      const entries = lent(giver, receiver)
      return [{ id: receiverId, sls: owner.sls, place: body.place, bodies: [bodyWith(receiver.module, entries, body)] }]
    }),
  )
}

/** What the receiver lacks, without names and requisites. */
function lent(giver: Body, receiver: Body): Entry[] {
  const has = new Set(receiver.entries.map(({ name }) => name))
  return giver.entries.filter(
    ({ name }) => !has.has(name) && !requisiteWords.has(name) && name !== 'name' && name !== 'names',
  )
}

function foundIds(id: string, module: string, lookup: Lookup): readonly string[] {
  return lookup.byId.has(id) ? [id] : (lookup.names().get(nameKey(module, id)) ?? [])
}

/** `{module: id}` or a list of such, of bare IDs, and of `sls: name`. */
function targetsOf(value: Value, lookup: Lookup): Target[] {
  if (value instanceof Dict) return [...value].flatMap(([module, id]) => pairTargets(textOf(module), id, lookup))
  if (!Array.isArray(value)) return []
  return value.flatMap(item => {
    if (!(item instanceof Dict)) return bareTargets(textOf(item), lookup)
    const [first] = item
    return first ? pairTargets(textOf(first[0]), first[1], lookup) : []
  })
}

function pairTargets(module: string, id: Value, lookup: Lookup): Target[] {
  if (module !== 'sls') return [{ id: textOf(id), module }]
  return (lookup.bySls.get(textOf(id)) ?? []).flatMap(({ id: each, bodies }) =>
    bodies.map(body => ({ id: each, module: body.module })),
  )
}

/** A bare text is an ID, else the `name` of a state. */
function bareTargets(text: string, lookup: Lookup): Target[] {
  const declared = lookup.byId.get(text)
  if (declared) return declared.bodies.slice(0, 1).map(({ module }) => ({ id: text, module }))
  const named = lookup.anyNames().get(text)
  return named ? [named] : []
}

function requisite(module: string, id: string): Dict {
  return Dict.of([[module, id]])
}

function bodyWith(module: string, entries: readonly Entry[], like: Body): Body {
  return { module, functions: [], entries, position: undefined, place: like.place }
}
