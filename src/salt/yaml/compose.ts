/** Builds the tree of one document from tokens: structure, anchors and tags. */
import type { Cursor } from './cursor.ts'
import { Fault, type Mark } from './error.ts'
import { type MappingNode, type Node, type SequenceNode, yamlTag } from './nodes.ts'
import { resolvePlain } from './resolve.ts'
import { Scanner } from './scanner.ts'
import type { Token } from './tokens.ts'

/** Aliases may multiply what is written tenfold, or up to so many values in all. */
const mostNodes = 1_000_000

const handlesAtFirst: readonly [string, string][] = [
  ['!', '!'],
  ['!!', yamlTag],
]

interface Composing {
  readonly scanner: Scanner
  readonly anchors: Map<string, Node>
  handles: ReadonlyMap<string, string>
}

/** The only document of a text; undefined where there is none. */
export function compose(cursor: Cursor): Node | undefined {
  const state: Composing = { scanner: new Scanner(cursor), anchors: new Map(), handles: new Map(handlesAtFirst) }
  const first = startDocument(state)
  if (!first) return undefined
  const node = document(state, first)
  while (state.scanner.peek().type === 'document-end') state.scanner.take()
  const second = startDocument(state, node)
  if (!second) return node
  const context = 'expected a single document in the stream'
  throw new Fault('composer', 'but found another document', second.mark, context, node.start)
}

interface DocumentStart {
  readonly mark: Mark
  /** Begun by "---". */
  readonly explicit: boolean
}

/** Moves into the next document; only one that has none before it needs no "---". */
function startDocument(state: Composing, before?: Node): DocumentStart | undefined {
  const { scanner } = state
  const token = scanner.peek()
  if (token.type === 'stream-end') return undefined
  if (!before && token.type !== 'directive' && token.type !== 'document-start')
    return { mark: token.start, explicit: false }
  readDirectives(state)
  const { type, start } = scanner.peek()
  if (type !== 'document-start') throw new Fault('parser', 'did not find expected <document start>', start)
  scanner.take()
  return { mark: start, explicit: true }
}

function readDirectives(state: Composing): void {
  const { scanner } = state
  const handles = new Map<string, string>()
  let version: Token | undefined
  while (scanner.peek().type === 'directive') {
    const token = scanner.take()
    if (token.handle === undefined) {
      if (version) throw new Fault('parser', 'found duplicate %YAML directive', token.start)
      version = token
      if (token.value !== '1.1' && token.value !== '1.2')
        throw new Fault('parser', 'found incompatible YAML document', token.start)
    } else {
      if (handles.has(token.handle)) throw new Fault('parser', 'found duplicate %TAG directive', token.start)
      handles.set(token.handle, token.value)
    }
  }
  state.handles = new Map([...handlesAtFirst, ...handles])
}

function document(state: Composing, { explicit }: DocumentStart): Node {
  const empty = explicit && isAny(state.scanner, 'directive', 'document-start', 'document-end', 'stream-end')
  return empty ? emptyScalar(state.scanner.peek().start) : composeNode(state, { block: true })
}

interface Where {
  /** Block collections may stand here. */
  readonly block?: boolean
  /** As the value of a mapping: a sequence needs no indentation of its own. */
  readonly indentless?: boolean
}

function composeNode(state: Composing, where: Where): Node {
  const { scanner } = state
  const first = scanner.peek()
  if (first.type === 'alias') return composeAlias(state)
  const properties = readProperties(state)
  const node = content(state, where, properties, first.start)
  return node
}

function composeAlias(state: Composing): Node {
  const token = state.scanner.take()
  const node = state.anchors.get(token.value)
  if (!node) throw new Fault('composer', 'found undefined alias', token.start)
  return node
}

interface Properties {
  readonly anchor?: Token
  readonly tag?: string
}

function readProperties(state: Composing): Properties {
  const { scanner } = state
  const start = scanner.peek().start
  let anchor: Token | undefined
  let tag: Token | undefined
  for (let type = scanner.peek().type; ; type = scanner.peek().type) {
    if (type === 'anchor' && !anchor) anchor = scanner.take()
    else if (type === 'tag' && !tag) tag = scanner.take()
    else break
  }
  return { ...(anchor && { anchor }), ...(tag && { tag: tagName(state, tag, start) }) }
}

function tagName(state: Composing, token: Token, start: Mark): string {
  if (!token.handle) return token.value
  const prefix = state.handles.get(token.handle)
  if (prefix === undefined)
    throw new Fault('parser', 'found undefined tag handle', token.start, 'while parsing a node', start)
  return prefix + token.value
}

function content(state: Composing, where: Where, properties: Properties, start: Mark): Node {
  const { scanner } = state
  const token = scanner.peek()
  const tag = properties.tag === '!' ? undefined : properties.tag
  const bare = !properties.anchor && properties.tag === undefined
  switch (token.type) {
    case 'scalar': {
      scanner.take()
      const plain = token.plain === true && tag === undefined
      const looks = plain || properties.tag === '!' ? resolvePlain(token.value) : `${yamlTag}str`
      return anchored(state, properties, {
        kind: 'scalar',
        tag: tag ?? looks,
        start,
        weight: 1,
        value: token.value,
      })
    }
    case 'flow-sequence-start':
      return sequence(state, properties, tag, start, flowItems)
    case 'flow-mapping-start':
      return mapping(state, properties, tag, start, flowPairs)
    case 'block-entry':
      if (where.indentless) return sequence(state, properties, tag, start, indentlessItems)
      break
    case 'block-sequence-start':
      if (where.block) return sequence(state, properties, tag, start, blockItems)
      break
    case 'block-mapping-start':
      if (where.block) return mapping(state, properties, tag, start, blockPairs)
      break
  }
  if (!bare) {
    const looks = properties.tag === '!' ? 'str' : 'null'
    return anchored(state, properties, { kind: 'scalar', tag: tag ?? yamlTag + looks, start, weight: 1, value: '' })
  }
  const context = where.block ? 'while parsing a block node' : 'while parsing a flow node'
  throw new Fault('parser', 'did not find expected node content', token.start, context, start)
}

function anchored<N extends Node>(state: Composing, properties: Properties, node: N): N {
  if (!properties.anchor) return node
  const name = properties.anchor.value
  const earlier = state.anchors.get(name)
  if (earlier) {
    const context = 'found duplicate anchor; first occurrence'
    throw new Fault('composer', 'second occurrence', node.start, context, earlier.start)
  }
  state.anchors.set(name, node)
  return node
}

/** Nothing, where a value could stand; it stands just after the "-", "?" or ":" before it. */
function emptyAfter({ start }: Token): Node {
  return emptyScalar({ ...start, index: start.index + 1, column: start.column + 1 })
}
function emptyScalar(start: Mark): Node {
  return { kind: 'scalar', tag: `${yamlTag}null`, start, weight: 1, value: '' }
}

function sequence(
  state: Composing,
  properties: Properties,
  tag: string | undefined,
  start: Mark,
  fill: (state: Composing, node: SequenceNode) => void,
): SequenceNode {
  const node: SequenceNode = { kind: 'sequence', tag: tag ?? `${yamlTag}seq`, start, weight: 1, items: [] }
  anchored(state, properties, node)
  fill(state, node)
  return node
}
function mapping(
  state: Composing,
  properties: Properties,
  tag: string | undefined,
  start: Mark,
  fill: (state: Composing, node: MappingNode) => void,
): MappingNode {
  const node: MappingNode = { kind: 'mapping', tag: tag ?? `${yamlTag}map`, start, weight: 1, pairs: [] }
  anchored(state, properties, node)
  fill(state, node)
  return node
}
function addItem(state: Composing, node: SequenceNode, item: Node): void {
  node.items.push(item)
  grow(state, node, item.weight)
}
function addPair(state: Composing, node: MappingNode, key: Node, value: Node): void {
  node.pairs.push([key, value])
  grow(state, node, key.weight + value.weight)
}
/** A few lines of aliases to aliases can stand for billions of nodes: refused while they are read. */
function grow(state: Composing, node: Node, weight: number): void {
  node.weight += weight
  if (node.weight <= mostNodes || node.weight <= 10 * state.scanner.taken) return
  throw new Fault('composer', `aliases make more than ${mostNodes} values of this`, node.start)
}

function blockItems(state: Composing, node: SequenceNode): void {
  const { scanner } = state
  const opened = scanner.take().start
  while (scanner.peek().type === 'block-entry') {
    const entry = scanner.take()
    addItem(
      state,
      node,
      isAny(scanner, 'block-entry', 'block-end') ? emptyAfter(entry) : composeNode(state, { block: true }),
    )
  }
  const end = scanner.peek()
  if (end.type !== 'block-end') {
    const context = 'while parsing a block collection'
    throw new Fault('parser', "did not find expected '-' indicator", end.start, context, opened)
  }
  scanner.take()
}

function indentlessItems(state: Composing, node: SequenceNode): void {
  const { scanner } = state
  while (scanner.peek().type === 'block-entry') {
    const entry = scanner.take()
    const empty = isAny(scanner, 'block-entry', 'key', 'value', 'block-end')
    addItem(state, node, empty ? emptyAfter(entry) : composeNode(state, { block: true }))
  }
}

function blockPairs(state: Composing, node: MappingNode): void {
  const { scanner } = state
  const opened = scanner.take().start
  for (;;) {
    if (scanner.peek().type !== 'key') break
    const mark = scanner.take()
    const empty = isAny(scanner, 'key', 'value', 'block-end')
    const key = empty ? emptyAfter(mark) : composeNode(state, { block: true, indentless: true })
    addPair(state, node, key, blockValue(state))
  }
  const end = scanner.peek()
  if (end.type !== 'block-end') {
    const context = 'while parsing a block mapping'
    throw new Fault('parser', 'did not find expected key', end.start, context, opened)
  }
  scanner.take()
}

function blockValue(state: Composing): Node {
  const { scanner } = state
  const token = scanner.peek()
  if (token.type !== 'value') return emptyScalar(token.start)
  scanner.take()
  const empty = isAny(scanner, 'key', 'value', 'block-end')
  return empty ? emptyAfter(token) : composeNode(state, { block: true, indentless: true })
}

function flowItems(state: Composing, node: SequenceNode): void {
  const { scanner } = state
  const opened = scanner.take().start
  for (let first = true; scanner.peek().type !== 'flow-sequence-end'; first = false) {
    if (!first) takeEntry(scanner, "did not find expected ',' or ']'", 'while parsing a flow sequence', opened)
    if (scanner.peek().type === 'flow-sequence-end') break
    addItem(state, node, scanner.peek().type === 'key' ? singlePair(state) : composeNode(state, {}))
  }
  scanner.take()
}

/** `[a: 1]` is a list of one mapping. */
function singlePair(state: Composing): MappingNode {
  const { scanner } = state
  const { start } = scanner.take()
  const node: MappingNode = { kind: 'mapping', tag: `${yamlTag}map`, start, weight: 1, pairs: [] }
  const key = isAny(scanner, 'value', 'flow-entry', 'flow-sequence-end')
    ? emptyScalar(scanner.peek().start)
    : composeNode(state, {})
  addPair(state, node, key, flowValue(state, 'flow-sequence-end'))
  return node
}

function flowPairs(state: Composing, node: MappingNode): void {
  const { scanner } = state
  const opened = scanner.take().start
  for (let first = true; scanner.peek().type !== 'flow-mapping-end'; first = false) {
    if (!first) takeEntry(scanner, "did not find expected ',' or '}'", 'while parsing a flow mapping', opened)
    const token = scanner.peek()
    if (token.type === 'flow-mapping-end') break
    if (token.type === 'key') {
      scanner.take()
      const empty = isAny(scanner, 'value', 'flow-entry', 'flow-mapping-end')
      const key = empty ? emptyScalar(scanner.peek().start) : composeNode(state, {})
      addPair(state, node, key, flowValue(state, 'flow-mapping-end'))
    } else {
      const key = composeNode(state, {})
      addPair(state, node, key, emptyScalar(scanner.peek().start))
    }
  }
  scanner.take()
}

function flowValue(state: Composing, end: 'flow-sequence-end' | 'flow-mapping-end'): Node {
  const { scanner } = state
  if (scanner.peek().type !== 'value') return emptyScalar(scanner.peek().start)
  scanner.take()
  return isAny(scanner, 'flow-entry', end) ? emptyScalar(scanner.peek().start) : composeNode(state, {})
}

function takeEntry(scanner: Scanner, problem: string, context: string, opened: Mark): void {
  const token = scanner.peek()
  if (token.type !== 'flow-entry') throw new Fault('parser', problem, token.start, context, opened)
  scanner.take()
}

function isAny(scanner: Scanner, ...types: readonly Token['type'][]): boolean {
  return types.includes(scanner.peek().type)
}
