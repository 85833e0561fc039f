/** Turns values into what is to be written: texts with their types, lists, pairs, and who is shared. */
import { compare } from '../python/compare.ts'
import { Dict } from '../python/dict.ts'
import { PyError } from '../python/error.ts'
import { Float } from '../python/float.ts'
import { floatText } from '../python/float-text.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'
import { yamlTag } from './nodes.ts'
import { resolvePlain } from './resolve.ts'

export type ScalarStyle = 'plain' | "'" | '"' | '|' | '>'

interface Common {
  /** A list or mapping that comes again is written as an alias from the second time on. */
  shared?: boolean
}
export interface OutScalar extends Common {
  readonly kind: 'scalar'
  readonly text: string
  readonly style: ScalarStyle
  /** Without quotes it would be read back as what it is. */
  readonly plainSuffices: boolean
  /** In quotes it would be read back as what it is. */
  readonly quotesSuffice: boolean
  /** Written where neither suffices. */
  readonly tag?: string
}
export interface OutSequence extends Common {
  readonly kind: 'sequence'
  readonly items: OutNode[]
  flow: boolean
}
export interface OutMapping extends Common {
  readonly kind: 'mapping'
  readonly pairs: [OutNode, OutNode][]
  flow: boolean
  readonly tag?: string
}
export type OutNode = OutScalar | OutSequence | OutMapping

export interface RepresentOptions {
  /** true: everything in brackets; false: nothing; null: the innermost lists and mappings. */
  readonly flow: boolean | null
  /** 'dict': only plain dicts are sorted, an OrderedDict keeps its order. */
  readonly sortKeys: boolean | 'dict'
  readonly style: ScalarStyle
}

interface Representing extends RepresentOptions {
  readonly seen: Map<object, OutNode>
  depth: number
}

/** Values nested deeper are refused: a ring of references would have no end. */
const deepest = 500

export function represent(value: Value, options: RepresentOptions): OutNode {
  return nodeOf(value, { ...options, seen: new Map(), depth: 0 })
}

function nodeOf(value: Value, state: Representing): OutNode {
  if (typeof value === 'string') return scalar(value, 'str', state.style)
  if (typeof value === 'boolean') return scalar(value ? 'true' : 'false', 'bool', state.style)
  if (typeof value === 'number' || typeof value === 'bigint') return scalar(String(value), 'int', state.style)
  if (value === null) return scalar('null', 'null', state.style)
  if (value instanceof Float) return scalar(floatWord(value.value), 'float', state.style)
  if (value instanceof Tuple && value.items.length === 0) return { kind: 'sequence', items: [], flow: true }
  const before = state.seen.get(value)
  if (before) {
    before.shared = true
    return before
  }
  return container(value, state)
}

function container(value: Exclude<Value, null | string | boolean | number | bigint | Float>, state: Representing) {
  if (value instanceof Uint8Array) return remember(value, bytes(value), state)
  if (Array.isArray(value)) return sequence(value, value, state)
  if (value instanceof Tuple) return sequence(value, value.items, state)
  if (value instanceof Dict) return mapping(value, Array.from(value), state)
  if (value instanceof Set) {
    const pairs = Array.from(value, (item): [Value, Value] => [item, null])
    return mapping(value, pairs, state, `${yamlTag}set`)
  }
  // What YAML has no word for is written as Salt writes it.
  return scalar('NULL', 'null', state.style)
}

function remember<N extends OutNode>(value: object, node: N, state: Representing): N {
  state.seen.set(value, node)
  return node
}

function scalar(text: string, type: string, style: ScalarStyle): OutScalar {
  const plainSuffices = resolvePlain(text) === yamlTag + type
  const quotesSuffice = type === 'str'
  return { kind: 'scalar', text, style, plainSuffices, quotesSuffice, tag: yamlTag + type }
}

function bytes(value: Uint8Array): OutScalar {
  const lines =
    Buffer.from(value)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  const text = lines.map(line => `${line}\n`).join('')
  return {
    kind: 'scalar',
    text,
    style: '|',
    plainSuffices: false,
    quotesSuffice: false,
    tag: `${yamlTag}binary`,
  }
}

/** YAML 1.1 reads 1e20 as text: a float needs its point. */
function floatWord(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  const text = floatText(value)
  return text.includes('.') ? text : text.replace('e', '.0e')
}

function sequence(value: object, items: readonly Value[], state: Representing): OutSequence {
  const node = remember<OutSequence>(value, { kind: 'sequence', items: [], flow: false }, state)
  deeper(state, () => {
    for (const item of items) node.items.push(nodeOf(item, state))
  })
  node.flow = state.flow ?? node.items.every(isSimple)
  return node
}

function mapping(value: object, pairs: [Value, Value][], state: Representing, tag?: string): OutMapping {
  const node = remember<OutMapping>(value, { kind: 'mapping', pairs: [], flow: false, ...(tag && { tag }) }, state)
  const sorts = state.sortKeys === 'dict' ? !(value instanceof Dict) || value.className === 'dict' : state.sortKeys
  deeper(state, () => {
    for (const [key, item] of sorts ? sorted(pairs) : pairs) node.pairs.push([nodeOf(key, state), nodeOf(item, state)])
  })
  node.flow = state.flow ?? node.pairs.every(pair => pair.every(isSimple))
  return node
}

function deeper(state: Representing, work: () => void): void {
  state.depth += 1
  if (state.depth > deepest) throw new RangeError(`values nested more than ${deepest} deep cannot be written as YAML`)
  work()
  state.depth -= 1
}

function isSimple(node: OutNode): boolean {
  return node.kind === 'scalar' && node.style === 'plain'
}

/** By key, where the keys can be compared with each other; else as they are. */
function sorted(pairs: readonly [Value, Value][]): readonly [Value, Value][] {
  try {
    return pairs.toSorted(([a], [b]) => compare(a, b))
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError') return pairs
    throw error
  }
}
