/** The text of a pillar with settings changed in it: what people wrote around them, comments and order, stays as it is. */
import { type Document, isMap, isScalar, type Pair, parseDocument, Scalar, YAMLMap } from 'yaml'
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { readYaml } from '../salt/yaml/read.ts'
import { writeYaml } from '../salt/yaml/write.ts'

export interface PillarChange {
  /** From the top of the pillar down. */
  readonly path: readonly string[]
  /** Undefined takes the key out. */
  readonly value: Value | undefined
}

/** The section of a pillar that is a project's. */
const sectionOf = (project: string): string => `makina-projects.${project}`

/**
 * The path of a key as a person names it: `data.port` is the project's own, `:redis:host` one from the top of the pillar. A key
 * such as `makina-projects.NAME.data` at the top counts for what is below it.
 */
export function pillarPath(project: string, key: string, pillar: Value): string[] {
  const path = key.startsWith(':') ? key.slice(1).split(':') : key.split('.')
  if (path.some(part => !/^[\w@./-]{1,100}$/.test(part)))
    throw new CorpusError('SETTING_INVALID', `${JSON.stringify(key.slice(0, 80))} is not a key of a pillar.`)
  if (key.startsWith(':')) return path
  const section = sectionOf(project)
  for (let taken = path.length; taken > 0; taken--) {
    const flat = [section, ...path.slice(0, taken)].join('.')
    if (pillar instanceof Dict && pillar.has(flat)) return [flat, ...path.slice(taken)]
  }
  return [section, ...path]
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(pillar: Value, path: readonly string[]): Value | undefined {
  let value: Value | undefined = pillar
  for (const key of path) value = value instanceof Dict ? value.get(keyIn(value, key)) : undefined
  return value
}

/**
 * Throws PILLAR_NOT_EDITABLE where it is a template, or written in a way that one value cannot be changed without another. `text`
 * is one that reads. Whatever way it is written, the result reads as the old data with this change, and with none beside it.
 */
export function editedPillar(text: string, change: PillarChange): string {
  if (/\{[{%#]|^#!/m.test(text)) throw notEditable('init.sls is a template, of which only a person knows what is meant')
  const wanted = dataOf(changed(readYaml({ path: 'init.sls', text }), change))
  for (const way of ways) {
    const result = attempt(() => way(text, change))
    if (result !== null && attempt(() => dataOf(readYaml({ path: 'init.sls', text: result }))) === wanted) return result
  }
  throw notEditable(`what stands at ${change.path.join(':')} is written in a way that has to be changed by hand`)
}

type Way = (text: string, change: PillarChange) => string | null

/** The least change first. */
const ways: readonly Way[] = [inPlace, asLines, wholeAs('BLOCK_LITERAL'), wholeAs(null)]

/** A scalar for a scalar: nothing else of the text is touched. */
function inPlace(text: string, { path, value }: PillarChange): string | null {
  const node = documentOf(text).getIn(path, true)
  if (value === undefined || !isScalar(node) || !node.range) return null
  const [from, to] = node.range
  const source = flowText(value)
  if (from === to || text.slice(from, to).includes('\n') || source === null) return null
  return text.slice(0, from) + source + text.slice(to)
}

/** Lines put behind a mapping's last one, or lines taken out. */
function asLines(text: string, { path, value }: PillarChange): string | null {
  const document = documentOf(text)
  const parents = path.slice(0, -1)
  const parent = parents.length === 0 ? document.contents : document.getIn(parents, true)
  if (!isMap(parent))
    return value === undefined || parents.length === 0
      ? null
      : asLines(text, { path: parents, value: nested(path, value) })
  if (parent.flow || parent.items.length === 0) return null
  const key = path.at(-1) ?? ''
  const pair = pairOf(parent, key)
  if (pair !== undefined) {
    if (value !== undefined || parent.items.length === 1) return null
    const from = lineStart(text, startOf(pair))
    return text.slice(0, from) + text.slice(endOfLines(text, pair))
  }
  const last = parent.items.at(-1)
  const first = parent.items[0]
  if (value === undefined || last === undefined || first === undefined) return null
  const indent = text.slice(lineStart(text, startOf(first)), startOf(first))
  if (/[^ ]/.test(indent)) return null
  const at = endOfLines(text, last)
  const before = text.slice(0, at)
  const lines = pairText(key, value, text)
  return `${before}${before.endsWith('\n') ? '' : '\n'}${lines.replace(/^(?=.)/gm, indent)}${text.slice(at)}`
}

function pairText(key: string, value: Value, text: string): string {
  const document = documentOf('{}')
  const map = new YAMLMap()
  map.set(nodeOf(key, null), nodeOf(value, 'BLOCK_LITERAL'))
  document.contents = map
  return document.toString(layoutOf(text))
}

/** The whole text written anew, with its comments. */
function wholeAs(style: 'BLOCK_LITERAL' | null): Way {
  return (text, { path, value }) => {
    const document = documentOf(text)
    if (value === undefined) {
      document.deleteIn(path)
      const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : undefined
      if (isMap(parent) && parent.items.length === 0) parent.flow = true
    } else {
      document.contents ??= new YAMLMap()
      putIn(document, path, nodeOf(value, style))
    }
    return document.toString(layoutOf(text))
  }
}

/** Mappings on the way are made where nothing stands; a list or a word there is the person's. */
function putIn(document: Document, path: readonly string[], node: unknown): void {
  let inside = document.contents
  for (const key of path.slice(0, -1)) {
    if (!isMap(inside)) throw notEditable(`${key} has no mapping around it`)
    if (inside.items.length === 0) inside.flow = false
    const next = inside.get(key, true)
    if (isMap(next)) inside = next
    else {
      const mapping = new YAMLMap()
      inside.set(nodeOf(key, null), mapping)
      inside = mapping
    }
  }
  if (!isMap(inside)) throw notEditable('its top is no mapping')
  if (inside.items.length === 0) inside.flow = false
  inside.set(nodeOf(path.at(-1) ?? '', null), node)
}

/** Every scalar is text: what it means is the reader's business, and stays as it was written. */
function documentOf(text: string): Document {
  const document = parseDocument(text, { schema: 'failsafe', version: '1.1', prettyErrors: false })
  const [error] = document.errors
  if (error) throw notEditable(`${error.code} at the character ${error.pos[0] + 1}`)
  return document
}

/** Written by our own writer, so that our reader has it back. Several lines are shown as lines. */
function nodeOf(value: Value, style: 'BLOCK_LITERAL' | null): unknown {
  if (typeof value === 'string' && value.includes('\n') && style !== null) {
    const scalar = new Scalar(value)
    scalar.type = style
    return scalar
  }
  return parseDocument(writeYaml(value, { sortKeys: false, width: -1 }), { schema: 'failsafe' }).contents
}

/** A scalar on one line; null where it is none. */
function flowText(value: Value): string | null {
  if (value instanceof Dict || Array.isArray(value)) return null
  const text = writeYaml(value, { width: -1 }).replace(/\n(\.\.\.\n)?$/, '')
  return text.includes('\n') ? null : text
}

/** As the text is laid out now. */
const layoutOf = (text: string) =>
  ({
    lineWidth: 0,
    minContentWidth: 0,
    indent: /^( +)[^ #\n-]/m.exec(text)?.[1]?.length ?? 2,
    indentSeq: !/^( *)[^ #\n][^\n]*:[^\n]*\n\1- /m.test(text),
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  }) as const

const nested = (path: readonly string[], value: Value): Value => Dict.of({ [path.at(-1) ?? '']: value })

const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find(pair => isScalar(pair.key) && String(pair.key.value) === key)

const startOf = (pair: Pair): number => (pair.key as Scalar).range?.[0] ?? 0

/** Behind the line on which a pair ends, with the remark at its end. */
function endOfLines(text: string, pair: Pair): number {
  const value = pair.value as { readonly range?: readonly [number, number, number] | null } | null
  const end = value?.range?.[1] ?? (pair.key as Scalar).range?.[1] ?? text.length
  if (text[end - 1] === '\n') return end
  const line = text.indexOf('\n', end)
  return line < 0 ? text.length : line + 1
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

/** A copy of the data with the change in it. */
function changed(data: Value, { path, value }: PillarChange): Value {
  const [first, ...rest] = path
  if (first === undefined) return value ?? null
  if (data !== null && !(data instanceof Dict))
    throw notEditable(`${first} would stand below a value that is no mapping`)
  const result = new Dict()
  for (const [key, item] of data ?? []) result.set(key, item)
  const key = keyIn(result, first)
  if (rest.length > 0) result.set(key, changed(result.get(key) ?? null, { path: rest, value }))
  else if (value === undefined) result.delete(key)
  else result.set(key, value)
  return result
}

/** A key is named as text, and may have been read as a number. */
const keyIn = (data: Dict, text: string): Value =>
  !data.has(text) && /^\d{1,15}$/.test(text) && data.has(Number(text)) ? Number(text) : text

const dataOf = (value: Value): string => writeYaml(value)

const notEditable = (why: string): CorpusError =>
  new CorpusError('PILLAR_NOT_EDITABLE', `The pillar cannot be edited here: ${why}.`)

function attempt<T>(act: () => T): T | null {
  try {
    return act()
  } catch {
    return null
  }
}
