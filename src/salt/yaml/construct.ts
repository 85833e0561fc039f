/** Turns the tree of a document into Python's values, as Salt does: repeated keys refused, dates left as text. */
import { Dict } from '../python/dict.ts'
import { repr, str } from '../python/repr.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'
import { Fault, type Mark } from './error.ts'
import { mergedPairs } from './merge.ts'
import { type MappingNode, type Node, type ScalarNode, yamlTag } from './nodes.ts'
import { boolOf, bytesOf, floatOf, intOf } from './scalars.ts'

/** Where the values of each mapping and list stand: container, then key or index. */
export type Places = Map<Dict | Value[], Map<Value, Mark>>

export function construct(node: Node, places?: Places): Value {
  if (node.built !== undefined) return node.built
  if (node.open) throw new Fault('constructor', 'found unconstructable recursive node', node.start)
  node.open = true
  const value = make(node, places)
  node.open = false
  node.built = value
  return value
}

const scalarMakers: Readonly<Record<string, (node: ScalarNode) => Value>> = {
  null: () => null,
  bool: boolOf,
  int: intOf,
  float: floatOf,
  binary: bytesOf,
  timestamp: node => node.value,
  str: node => node.value,
  'python/unicode': node => node.value,
}

function make(node: Node, places?: Places): Value {
  const type = node.tag.startsWith(yamlTag) ? node.tag.slice(yamlTag.length) : ''
  const scalar = Object.hasOwn(scalarMakers, type) ? scalarMakers[type] : undefined
  if (scalar) return scalar(expect(node, 'scalar'))
  switch (type) {
    case 'seq':
      return list(node, places)
    case 'map':
    case 'omap':
      return mapping(expect(node, 'mapping'), places)
    case 'set':
      return new Set(mapping(expect(node, 'mapping'), places).keys())
    case 'pairs':
      return pairs(node)
  }
  throw new Fault('constructor', `could not determine a constructor for the tag ${repr(node.tag)}`, node.start)
}

function expect<K extends Node['kind']>(node: Node, kind: K): Extract<Node, { kind: K }> {
  if (node.kind === kind) return node as Extract<Node, { kind: K }>
  throw new Fault('constructor', `expected a ${kind} node, but found ${node.kind}`, node.start)
}

function list(node: Node, places?: Places): Value[] {
  const { items } = expect(node, 'sequence')
  const value = items.map(item => construct(item, places))
  places?.set(value, new Map(items.map((item, index) => [index, item.start])))
  return value
}

function mapping(node: MappingNode, places?: Places): Dict {
  const dict = new Dict()
  const marks = places && new Map<Value, Mark>()
  for (const [keyNode, valueNode] of mergedPairs(node)) {
    const key = construct(keyNode, places)
    const refuse = (problem: string) => {
      throw new Fault('constructor', problem, keyNode.start, 'while constructing a mapping', node.start)
    }
    if (Array.isArray(key) || key instanceof Dict || key instanceof Set)
      refuse(`found unacceptable key ${nodeText(keyNode, false)}`)
    if (dict.has(key)) refuse(`found conflicting ID '${str(key)}'`)
    dict.set(key, construct(valueNode, places))
    marks?.set(key, keyNode.start)
  }
  if (marks) places?.set(dict, marks)
  return dict
}

function pairs(node: Node): Value[] {
  const context = 'while constructing pairs'
  if (node.kind !== 'sequence')
    throw new Fault('constructor', `expected a sequence, but found ${node.kind}`, node.start, context, node.start)
  return node.items.map(item => {
    const fail = (found: string): never => {
      throw new Fault('constructor', found, item.start, context, node.start)
    }
    if (item.kind !== 'mapping') return fail(`expected a mapping of length 1, but found ${item.kind}`)
    const [pair, ...others] = item.pairs
    if (!pair || others.length) return fail(`expected a single mapping item, but found ${item.pairs.length} items`)
    return new Tuple([construct(pair[0]), construct(pair[1])])
  })
}

/** A node as PyYAML prints it in the message for `{{ braces }}` that no template has replaced. */
function nodeText(node: Node, named = true): string {
  const [name, value] =
    node.kind === 'scalar'
      ? ['ScalarNode', repr(node.value)]
      : node.kind === 'sequence'
        ? ['SequenceNode', `[${node.items.map(item => nodeText(item)).join(', ')}]`]
        : ['MappingNode', `[${node.pairs.map(([key, item]) => `(${nodeText(key)}, ${nodeText(item)})`).join(', ')}]`]
  return named ? `${name}(tag=${repr(node.tag)}, value=${value})` : value
}
