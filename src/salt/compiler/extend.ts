/** Lays extensions over declarations: `extend`, and what the `_in` requisites and `use` give to others. */
import { nearest } from '../../kernel/nearest.ts'
import type { Body, Declaration, Entry, Extension } from '../language/declaration.ts'
import { type Fault, fault } from '../language/faults.ts'
import { appendedWords } from '../language/words.ts'
import type { Value } from '../python/value.ts'

export interface Extended {
  readonly declarations: readonly Declaration[]
  readonly faults: readonly Fault[]
}

/** `strict` takes only what changes a state that is there, as what requisites give to others does. */
export function extendAll(
  declarations: readonly Declaration[],
  extensions: readonly Extension[],
  { strict = false } = {},
): Extended {
  if (extensions.length === 0) return { declarations, faults: [] }
  const faults: Fault[] = []
  const ids = new Set(declarations.map(({ id }) => id))
  const drafts = new Map<string, Draft[]>()
  let names: ReadonlyMap<string, readonly string[]> | undefined
  const draftsOf = (id: string): Draft[] => {
    const known = drafts.get(id)
    if (known) return known
    const made = (byId.get(id)?.bodies ?? []).map(draftOf)
    drafts.set(id, made)
    return made
  }
  const byId = new Map(declarations.map(declaration => [declaration.id, declaration]))
  for (const extension of extensions) {
    let id: string | undefined = ids.has(extension.id) ? extension.id : undefined
    if (id === undefined) {
      names ??= idsByName(declarations)
      const named = names.get(nameKey(extension.bodies[0]?.module ?? '', extension.id)) ?? []
      if (named.length === 1) id = named[0]
    }
    if (id === undefined) faults.push(unknownTarget(extension, ids))
    else
      for (const body of extension.bodies) {
        const refusal = newState(body, extension, draftsOf(id), strict, byId.get(id), ids)
        if (refusal) faults.push(refusal)
        else lay(body, draftsOf(id))
      }
  }
  const extended = declarations.map(declaration => {
    const bodies = drafts.get(declaration.id)
    return bodies ? { ...declaration, bodies } : declaration
  })
  return { declarations: extended, faults }
}

/** A body while extensions are laid over it; lists of requisites in `own` were copied and may grow. */
interface Draft extends Body {
  functions: readonly string[]
  readonly entries: Entry[]
  readonly own: Map<string, Value[]>
}

function draftOf(body: Body): Draft {
  return { ...body, entries: [...body.entries], own: new Map() }
}

/** Which IDs declare a state of this module with this `name`. */
export function idsByName(declarations: readonly Declaration[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { id, bodies } of declarations) {
    for (const { module, entries } of bodies) {
      for (const entry of entries) {
        if (entry.name !== 'name' || typeof entry.value !== 'string') continue
        const key = nameKey(module, entry.value)
        const ids = found.get(key)
        if (ids) ids.push(id)
        else found.set(key, [id])
      }
    }
  }
  return found
}

export function nameKey(module: string, name: string): string {
  return `${module}\0${name}`
}

function unknownTarget(extension: Extension, known: Iterable<string>): Fault {
  const { id, sls, place } = extension
  const near = nearest(id, known)
  return fault(
    'extend',
    `Cannot extend ID '${id}' in 'base:${sls}'. It is not part of the high state.\n` +
      'This is likely due to a missing include statement or an incorrectly typed ID.\n' +
      `Ensure that a state with an ID of '${id}' is available\nin environment 'base' and to SLS '${sls}'`,
    { sls, place, advice: near ? `Did you mean '${near}'?` : `Include the SLS that declares '${id}'.` },
  )
}

/** Why a state that the ID does not have cannot be brought to it; null where it has it, or it is whole. */
function newState(
  body: Body,
  extension: Extension,
  drafts: readonly Draft[],
  strict: boolean,
  declared: Declaration | undefined,
  known: Iterable<string>,
): Fault | null {
  if (drafts.some(({ module }) => module === body.module)) return null
  const { id, place } = extension
  const has = drafts.map(({ module }) => module).join(', ')
  if (strict) return { ...unknownTarget(extension, known), advice: `'${id}' is a ${has} state: name it as that.` }
  if (body.functions.length) return null
  const message = `No function declared in state '${id}' in SLS '${declared?.sls ?? extension.sls}'`
  const advice = `'${id}' has no ${body.module} state that could be extended: it has ${has}.`
  return fault('extend', message, { sls: extension.sls, place, advice })
}

function lay(added: Body, drafts: Draft[]): void {
  const draft = drafts.find(({ module }) => module === added.module)
  if (!draft) {
    drafts.push(draftOf({ ...added, position: undefined }))
    return
  }
  if (added.functions.length) draft.functions = added.functions
  for (const entry of added.entries) layEntry(entry, draft)
}

function layEntry(entry: Entry, draft: Draft): void {
  const growing = draft.own.get(entry.name)
  if (growing && Array.isArray(entry.value)) {
    growing.push(...entry.value)
    return
  }
  const { entries } = draft
  let at = entries.findIndex(({ name }) => name === entry.name)
  if (at === -1 && entry.name === 'name') at = entries.findIndex(({ name }) => name === 'names')
  const old = entries[at]
  if (!appendedWords.has(entry.name) || !Array.isArray(entry.value)) {
    if (old) entries[at] = entry
    else entries.push(entry)
    return
  }
  const list = [...(Array.isArray(old?.value) ? old.value : []), ...entry.value]
  draft.own.set(entry.name, list)
  if (old) entries[at] = { name: entry.name, value: list }
  else entries.push({ name: entry.name, value: list })
}
