/** From the data of one SLS to its declarations, includes, extensions and exclusions; every fault of their shape at once. */

import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import type { Value } from '../python/value.ts'
import type { Body, Declaration, Entry, Exclusion, Extension, Include, SlsTree } from './declaration.ts'
import { type Fault, type FaultKind, fault } from './faults.ts'
import type { Place } from './step.ts'
import { appendedWords } from './words.ts'

/** The data of an SLS after its renderers, and where each key of it stands. */
export interface SlsData {
  readonly sls: string
  readonly path: string
  readonly value: Value
  placeOf(container: Dict | Value[], key: Value): Place
}

export interface Declared {
  readonly tree: SlsTree
  readonly faults: readonly Fault[]
}

/** What the readers below share: the SLS and where faults go. */
interface Reading {
  readonly data: SlsData
  readonly faults: Fault[]
}

export function declare(data: SlsData): Declared {
  const { sls, path, value } = data
  const reading: Reading = { data, faults: [] }
  const tree = { sls, path, includes: [], declarations: [], extensions: [], exclusions: [] }
  if (value === null || value === '') return { tree, faults: [] }
  if (!(value instanceof Dict)) {
    const advice = 'A state file is a mapping of IDs: write `some-id:` and the state below it.'
    const place = { path, line: 1, column: 1 }
    const excerpt = `Error when rendering state with contents: ${textOf(value).slice(0, 300)}`
    return {
      tree,
      faults: [fault('shape', `SLS ${sls} does not render to a dictionary`, { sls, place, excerpt, advice })],
    }
  }
  const includes = includesOf(value, reading)
  const extensions = extensionsOf(value, reading)
  const exclusions = exclusionsOf(value, reading)
  const declarations: Declaration[] = []
  for (const [key, body] of value) {
    if (key === 'extend' || key === 'exclude' || (key === 'include' && Array.isArray(body))) continue
    if (typeof key === 'string' && key.startsWith('__')) continue
    const declaration = declarationOf(value, key, body, reading)
    if (declaration) declarations.push(declaration)
  }
  return { tree: { sls, path, includes, declarations, extensions, exclusions }, faults: reading.faults }
}

function includesOf(top: Dict, reading: Reading): Include[] {
  const list = top.get('include')
  if (list === undefined) return []
  const at = reading.data.placeOf(top, 'include')
  if (!Array.isArray(list)) {
    const advice = 'Write the included names as a list: `include: [a, b]`.'
    tell(reading, 'include', `Include Declaration in SLS ${reading.data.sls} is not formed as a list`, at, advice)
    return []
  }
  return list.map((item, index) => {
    const place = reading.data.placeOf(list, index)
    // {environment: sls}: there is one environment.
    const [first] = item instanceof Dict ? item.values() : []
    return { name: textOf(first ?? item), place }
  })
}

function extensionsOf(top: Dict, reading: Reading): Extension[] {
  const given = top.get('extend')
  if (given === undefined) return []
  const { sls } = reading.data
  if (!(given instanceof Dict)) {
    const advice = 'Write `extend:` with one ID below it for each declaration to extend.'
    tell(
      reading,
      'extend',
      `Extension value in SLS '${sls}' is not a dictionary`,
      reading.data.placeOf(top, 'extend'),
      advice,
    )
    return []
  }
  const extensions: Extension[] = []
  for (const [key, body] of given) {
    const place = reading.data.placeOf(given, key)
    const id = textOf(key)
    if (!(body instanceof Dict)) {
      const advice = `Write below '${id}' the state and the arguments to extend.`
      tell(
        reading,
        'extend',
        `The extension of ID '${id}' in SLS '${sls}' is not formed as a dictionary`,
        place,
        advice,
      )
      continue
    }
    const bodies = [...body].flatMap(([state, items]) =>
      Array.isArray(items) ? [bodyOf(id, textOf(state), items, reading, reading.data.placeOf(body, state))] : [],
    )
    extensions.push({ id, sls, place, bodies })
  }
  return extensions
}

function exclusionsOf(top: Dict, reading: Reading): Exclusion[] {
  const given = top.get('exclude')
  if (given === undefined) return []
  if (!Array.isArray(given)) {
    const message = `Exclude Declaration in SLS ${reading.data.sls} is not formed as a list`
    const advice = 'Write `exclude:` as a list of `- sls: name` and `- id: name`.'
    tell(reading, 'shape', message, reading.data.placeOf(top, 'exclude'), advice)
    return []
  }
  return given.flatMap((item): Exclusion[] => {
    if (!(item instanceof Dict)) return [{ kind: 'sls', pattern: textOf(item) }]
    return [...item].map(([kind, pattern]) => ({ kind: kind === 'id' ? 'id' : 'sls', pattern: textOf(pattern) }))
  })
}

function declarationOf(top: Dict, key: Value, body: Value, reading: Reading): Declaration | null {
  const { sls } = reading.data
  const place = reading.data.placeOf(top, key)
  if (typeof key !== 'string') {
    const message = `ID '${textOf(key)}' in SLS '${sls}' is not formed as a string, but is a ${typeName(key)}. It may need to be quoted.`
    tell(reading, 'identity', message, place, `Write '${textOf(key)}' in quotes.`)
    return null
  }
  if (typeof body === 'string' && body.includes('.') && !/\s/.test(body)) {
    return { id: key, sls, place, bodies: [bodyOf(key, body, [], reading, place)] }
  }
  if (!(body instanceof Dict)) {
    const advice = 'Write `module.function` behind the colon, or below it with its arguments.'
    tell(reading, 'shape', `ID ${key} in SLS ${sls} is not a dictionary`, place, advice)
    return null
  }
  return { id: key, sls, place, bodies: bodiesOf(key, body, reading) }
}

function bodiesOf(id: string, body: Dict, reading: Reading): Body[] {
  const { sls } = reading.data
  const bodies: Body[] = []
  const modules = new Set<string>()
  for (const [key, items] of body) {
    const state = textOf(key)
    if (state.startsWith('__')) continue
    const place = reading.data.placeOf(body, key)
    if (items === null) {
      const message = `ID '${id}' in SLS '${sls}' contains a short declaration (${state}) with a trailing colon. When not passing any arguments to a state, the colon must be omitted.`
      tell(reading, 'shape', message, place, `Write \`${id}: ${state}\` on one line, or \`${state}: []\`.`)
      continue
    }
    if (!Array.isArray(items)) {
      const advice = 'Write each argument on a line of its own that begins with a dash.'
      tell(reading, 'shape', `State '${id}' in SLS '${sls}' is not formed as a list`, place, advice)
      continue
    }
    const found = bodyOf(id, state, items, reading, place)
    if (modules.has(found.module)) {
      const message = `ID '${id}' in SLS '${sls}' contains multiple state declarations of the same type`
      tell(reading, 'identity', message, place, `Give the second ${found.module} an ID of its own.`)
      continue
    }
    modules.add(found.module)
    checkFunctions(id, found, reading)
    bodies.push(found)
  }
  return bodies
}

function bodyOf(id: string, state: string, items: readonly Value[], reading: Reading, place: Place): Body {
  const dot = state.indexOf('.')
  const functions = items.filter(item => typeof item === 'string')
  const entries: Entry[] = []
  for (const item of items) {
    if (item instanceof Dict) for (const [name, value] of item) entries.push({ name: textOf(name), value })
  }
  const body: Body = {
    module: dot === -1 ? state : state.slice(0, dot),
    functions: dot === -1 ? functions : [...functions, state.slice(dot + 1)],
    entries,
    position: undefined,
    place,
  }
  for (const item of items) if (item instanceof Dict) checkArgument(id, item, reading)
  return body
}

function checkFunctions(id: string, body: Body, reading: Reading): void {
  const { sls } = reading.data
  for (const name of body.functions) {
    if (!/\s/.test(name.trim())) continue
    const message = `The function "${name}" in state "${id}" in SLS "${sls}" has whitespace, a function with whitespace is not supported, perhaps this is an argument that is missing a ":"`
    tell(reading, 'name', message, body.place, `Write \`- ${name.split(/\s/)[0]}: …\` if it is an argument.`)
  }
  if (body.functions.length === 0 && body.module !== 'require' && body.module !== 'watch') {
    const message = `No function declared in state '${id}' in SLS '${sls}'`
    tell(reading, 'name', message, body.place, `Write \`${body.module}.FUNCTION:\` instead of \`${body.module}:\`.`)
  } else if (body.functions.length > 1) {
    const message = `Too many functions declared in state '${id}' in SLS '${sls}'. Please choose one of the following: ${body.functions.join(', ')}`
    tell(reading, 'name', message, body.place, 'Keep one function; arguments end in a colon.')
  }
}

function checkArgument(id: string, item: Dict, reading: Reading): void {
  const [first] = item
  if (!first) return
  const [name, value] = first
  const place = reading.data.placeOf(item, name)
  const { sls } = reading.data
  if (name === 'names' && !Array.isArray(value)) {
    const message = `The 'names' argument in state '${id}' in SLS '${sls}' needs to be formed as a list`
    tell(reading, 'argument', message, place, 'Write each name on a line of its own that begins with a dash.')
  }
  if (typeof name !== 'string' || !appendedWords.has(name)) return
  if (!Array.isArray(value)) {
    const message = `The ${name} statement in state '${id}' in SLS '${sls}' needs to be formed as a list`
    tell(reading, 'requisite', message, place, `Write \`- ${name}: [{module: id}]\`.`)
    return
  }
  for (const target of value) checkTarget(target, id, place, reading)
  if (item.size > 1) {
    const message = `Multiple dictionaries defined in argument of state '${id}' in SLS '${sls}'`
    tell(reading, 'requisite', message, place, 'Begin each argument with a dash of its own.')
  }
}

function checkTarget(target: Value, id: string, place: Place, reading: Reading): void {
  const { sls } = reading.data
  if (typeof target === 'string') return
  if (!(target instanceof Dict) || target.size === 0) {
    const message = `Requisite declaration ${shownValue(target)} in SLS ${sls} is not formed as a single key dictionary`
    tell(reading, 'requisite', message, place, 'Write `- module: id`.')
    return
  }
  const [[key, value]] = [...target] as [[Value, Value]]
  const module = textOf(key)
  if (module.includes('.')) {
    const short = module.slice(0, module.indexOf('.'))
    const message = `Invalid requisite type '${module}' in state '${id}', in SLS '${sls}'. Requisite types must not contain dots, did you mean '${short}'?`
    tell(reading, 'requisite', message, place, `Write \`- ${short}: ${shownValue(value)}\`.`)
  }
  if (value instanceof Dict || Array.isArray(value)) {
    tell(
      reading,
      'requisite',
      `Illegal requisite "${shownValue(value)}", please check your syntax.\n`,
      place,
      'Write `- module: id`.',
    )
  }
}

function tell(reading: Reading, kind: FaultKind, message: string, place: Place, advice: string): void {
  reading.faults.push(fault(kind, message, { sls: reading.data.sls, place, advice }))
}

function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Float) return 'float'
  return typeof value === 'number' || typeof value === 'bigint' ? 'int' : 'tuple'
}

function shownValue(value: Value): string {
  return textOf(value)
}
