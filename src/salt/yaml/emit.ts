/** Writes a tree as YAML text: where lines break, how deep they are indented, which keys need a "?". */
import { type Analysis, analyze } from './analyze.ts'
import { yamlTag } from './nodes.ts'
import { Page } from './page.ts'
import type { OutMapping, OutNode, OutScalar, OutSequence, ScalarStyle } from './represent.ts'
import { writeBlock, writeDoubleQuoted, writePlain, writeSingleQuoted } from './write-scalars.ts'

export interface EmitOptions {
  readonly width: number
  readonly indent: number
  readonly allowUnicode: boolean
  readonly explicitStart: boolean
  readonly explicitEnd: boolean
}

/** Keys longer than this, in bytes, are written with a "?" before them. */
const longestKey = 128

interface Emitting {
  readonly page: Page
  readonly options: EmitOptions
  readonly written: Set<OutNode>
  readonly names: Map<OutNode, string>
  indent: number
  flowLevel: number
}

export function emit(root: OutNode, options: EmitOptions): string {
  const page = new Page()
  if (options.explicitStart) page.indicator('---', false)
  const state: Emitting = { page, options, written: new Set(), names: new Map(), indent: -1, flowLevel: 0 }
  emitNode(root, state, {})
  if (options.explicitEnd || page.openEnded) {
    page.writeIndent(0)
    page.indicator('...', false)
  }
  return page.text.endsWith('\n') ? page.text : `${page.text}\n`
}

interface Role {
  /** The key of a pair, written on one line. */
  readonly simpleKey?: boolean
  readonly inMapping?: boolean
}

function emitNode(node: OutNode, state: Emitting, role: Role): void {
  if (node.shared) {
    const name = nameOf(node, state)
    const again = state.written.has(node)
    state.page.indicator((again ? '*' : '&') + name, true)
    if (again) return
    state.written.add(node)
  }
  if (node.kind === 'scalar') emitScalar(node, state, role)
  else if (node.kind === 'sequence') emitSequence(node, state, role)
  else emitMapping(node, state)
}

/** Anchors are numbered in the order of the text. */
function nameOf(node: OutNode, state: Emitting): string {
  const known = state.names.get(node)
  if (known) return known
  const name = `id${String(state.names.size + 1).padStart(3, '0')}`
  state.names.set(node, name)
  return name
}

function indented(state: Emitting, flow: boolean, work: () => void, indentless = false): void {
  const before = state.indent
  if (before < 0) state.indent = flow ? state.options.indent : 0
  else if (!indentless) state.indent += state.options.indent
  work()
  state.indent = before
}

function emitSequence(node: OutSequence, state: Emitting, role: Role): void {
  const { page } = state
  if (state.flowLevel > 0 || node.flow || node.items.length === 0) {
    emitFlow(state, '[', ']', node.items, item => emitNode(item, state, {}))
    return
  }
  const indentless = role.inMapping === true && !page.indention
  const work = () => {
    for (const item of node.items) {
      page.writeIndent(state.indent)
      page.indicator('-', true, false, true)
      emitNode(item, state, {})
    }
  }
  indented(state, false, work, indentless)
}

function emitFlow<T>(state: Emitting, open: string, close: string, items: readonly T[], each: (item: T) => void): void {
  const { page, options } = state
  page.indicator(open, true, true)
  indented(state, true, () => {
    state.flowLevel += 1
    for (const [index, item] of items.entries()) {
      if (index > 0) page.indicator(',', false)
      if (page.column > options.width) page.writeIndent(state.indent)
      each(item)
    }
    state.flowLevel -= 1
  })
  page.indicator(close, false)
}

function emitMapping(node: OutMapping, state: Emitting): void {
  if (node.tag) writeTag(node.tag, state)
  if (state.flowLevel > 0 || node.flow || node.pairs.length === 0)
    emitFlow(state, '{', '}', node.pairs, pair => emitFlowPair(pair, state))
  else
    indented(state, false, () => {
      for (const pair of node.pairs) emitBlockPair(pair, state)
    })
}

function emitBlockPair([key, value]: readonly [OutNode, OutNode], state: Emitting): void {
  const { page } = state
  page.writeIndent(state.indent)
  if (isSimpleKey(key, state)) {
    emitNode(key, state, { simpleKey: true, inMapping: true })
    page.indicator(':', false)
  } else {
    page.indicator('?', true, false, true)
    emitNode(key, state, { inMapping: true })
    page.writeIndent(state.indent)
    page.indicator(':', true, false, true)
  }
  emitNode(value, state, { inMapping: true })
}

function emitFlowPair([key, value]: readonly [OutNode, OutNode], state: Emitting): void {
  const { page, options } = state
  if (isSimpleKey(key, state)) {
    emitNode(key, state, { simpleKey: true, inMapping: true })
    page.indicator(':', false)
  } else {
    page.indicator('?', true)
    emitNode(key, state, { inMapping: true })
    if (page.column > options.width) page.writeIndent(state.indent)
    page.indicator(':', true)
  }
  emitNode(value, state, { inMapping: true })
}

function isSimpleKey(node: OutNode, state: Emitting): boolean {
  const anchorLength = node.shared ? 'id001'.length : 0
  if (node.shared && state.written.has(node)) return true
  if (node.kind === 'sequence') return node.items.length === 0
  if (node.kind === 'mapping') return node.pairs.length === 0
  if (analyze(node.text, state.options.allowUnicode).multiline) return false
  const tagLength = needsTag(node) && node.tag ? node.tag.length - yamlTag.length + 2 : 0
  return Buffer.byteLength(node.text) + anchorLength + tagLength <= longestKey
}

function emitScalar(node: OutScalar, state: Emitting, role: Role): void {
  const { page, options } = state
  const analysis = analyze(node.text, options.allowUnicode)
  const style = styleOf(node, analysis, state, role)
  if (needsTag(node)) writeTag(node.tag ?? '', state)
  else if (style !== 'plain' && !node.quotesSuffice) page.indicator('!', true)
  indented(state, true, () => {
    const writing = {
      page,
      indent: state.indent,
      step: options.indent,
      width: role.simpleKey ? Number.POSITIVE_INFINITY : options.width,
      allowUnicode: options.allowUnicode,
    }
    if (style === 'plain') writePlain(node.text, writing, state.flowLevel > 0)
    else if (style === "'") writeSingleQuoted(node.text, writing)
    else if (style === '"') writeDoubleQuoted(node.text, writing)
    else writeBlock(node.text, writing, style)
  })
}

function needsTag(node: OutScalar): boolean {
  return !node.plainSuffices && !node.quotesSuffice
}

function styleOf(node: OutScalar, analysis: Analysis, state: Emitting, role: Role): ScalarStyle {
  const inFlow = state.flowLevel > 0
  const simpleKey = role.simpleKey === true
  let { style } = node
  if (simpleKey && analysis.multiline) style = '"'
  if (style === 'plain') {
    const allowed = inFlow ? analysis.plainInFlow : analysis.plainInBlock
    const empty = node.text === '' && (inFlow || simpleKey)
    if (!allowed || empty || (!needsTag(node) && !node.plainSuffices)) style = "'"
  }
  if (style === "'" && !analysis.singleQuoted) style = '"'
  if ((style === '|' || style === '>') && (!analysis.block || inFlow || simpleKey)) style = '"'
  return style
}

function writeTag(tag: string, state: Emitting): void {
  state.page.indicator(tag.startsWith(yamlTag) ? `!!${tag.slice(yamlTag.length)}` : `!<${tag}>`, true)
}
