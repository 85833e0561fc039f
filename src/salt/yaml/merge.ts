/** The merge key "<<": the pairs of other mappings, which the mapping's own keys override. */
import { Fault } from './error.ts'
import { type MappingNode, type Node, yamlTag } from './nodes.ts'

type Pair = [Node, Node]

/** The pairs of a mapping, merged ones first; two merged mappings with one key stay two pairs. */
export function mergedPairs(node: MappingNode): Pair[] {
  if (!node.pairs.some(([key]) => isMerge(key))) {
    for (const [key] of node.pairs) if (key.tag === `${yamlTag}value`) key.tag = `${yamlTag}str`
    return node.pairs
  }
  const merging = node.pairs.filter(([key]) => isMerge(key)).map(([, source]) => source)
  const own = node.pairs.filter(([key]) => !isMerge(key))
  // Set first: a mapping that merges itself ends here.
  node.pairs = own
  const merged = merging.flatMap(source => sourcePairs(source, node))
  const keys = new Set(own.map(([key]) => (key.kind === 'scalar' ? key.value : key)))
  node.pairs = [...merged.filter(([key]) => !keys.has(key.kind === 'scalar' ? key.value : key)), ...own]
  return node.pairs
}

function isMerge(key: Node): boolean {
  return key.tag === `${yamlTag}merge`
}

function sourcePairs(source: Node, node: MappingNode): Pair[] {
  const context = 'while constructing a mapping'
  if (source.kind === 'mapping') return mergedPairs(source)
  if (source.kind !== 'sequence') {
    const problem = `expected a mapping or list of mappings for merging, but found ${source.kind}`
    throw new Fault('constructor', problem, source.start, context, node.start)
  }
  const lists = source.items.map(item => {
    if (item.kind === 'mapping') return mergedPairs(item)
    const problem = `expected a mapping for merging, but found ${item.kind}`
    throw new Fault('constructor', problem, item.start, context, node.start)
  })
  return lists.reverse().flat()
}
