/** Reads statements: text, print statements and every tag. */
import { repr } from '../python/repr.ts'
import type { TemplateError } from './errors.ts'
import { parseExpression, parseFilterChain, parseTuple } from './parse-expression.ts'
import { parseSaltTag } from './salt/parse-tag.ts'
import type { Stream } from './stream.ts'
import type { Body, Expr, MacroNode, Signature, Stmt, Target, Tree } from './tree.ts'

/** What the parser knows while it reads. */
export interface Reading {
  readonly stream: Stream
  /** The tags that are open, innermost last. */
  readonly open: string[]
  /** For each of them the tags that would close or continue it. */
  readonly ends: (readonly string[])[]
  readonly blocks: Map<string, { body: Body; required: boolean; line: number }>
}

export function parseTree(stream: Stream): Tree {
  const reading: Reading = { stream, open: [], ends: [], blocks: new Map() }
  const body = parseBody(reading, [])
  return { body, blocks: reading.blocks }
}

/** Statements up to one of the tags in `ends` (which is left to be read), or to the end of the template. */
function parseBody(reading: Reading, ends: readonly string[]): Body {
  const { stream } = reading
  const body: Stmt[] = []
  if (ends.length) reading.ends.push(ends)
  while (stream.current.type !== 'eof') {
    const { type, value, line } = stream.next()
    if (type === 'data') body.push({ kind: 'data', text: value, line })
    else if (type === 'variable_begin') {
      const printed = parseTuple(stream)
      body.push({ kind: 'print', value: printed, line: printed.line })
      stream.expect('variable_end')
    } else {
      if (ends.length && stream.isName(...ends)) {
        reading.ends.pop()
        return body
      }
      body.push(...parseStatement(reading))
      stream.expect('block_end')
    }
  }
  if (ends.length) throw unknownTag(reading, null)
  return body
}

/** The body of a tag, from the end of its opening tag up to one of `ends`; gives the body and the tag that ended it. */
export function parseBlockBody(reading: Reading, ends: readonly string[]): { body: Body; end: string } {
  const { stream } = reading
  // A colon at the end of a tag is allowed, as in Python.
  stream.skips('operator', ':')
  stream.expect('block_end')
  if (++stream.depth > 150) throw stream.fail('the blocks of this template are nested too deep')
  const body = parseBody(reading, ends)
  stream.depth--
  return { body, end: stream.next().value }
}

function parseStatement(reading: Reading): Stmt[] {
  const { stream } = reading
  const { type, value, line } = stream.current
  if (type !== 'name') throw stream.fail('tag name expected')
  reading.open.push(value)
  const parsed = Object.hasOwn(tags, value) ? tags[value]?.(reading, line) : parseSaltTag(reading, line)
  if (!parsed) {
    reading.open.pop()
    throw unknownTag(reading, value)
  }
  reading.open.pop()
  return Array.isArray(parsed) ? parsed : [parsed]
}

/** Jinja's words for a tag that is not known here, or for a template that ends inside a tag (`name` null). */
function unknownTag({ stream, open, ends }: Reading, name: string | null): TemplateError {
  const expected = new Set(ends.flat())
  const looking = ends
    .at(-1)
    ?.map(end => repr(end))
    .join(' or ')
  const said = [name === null ? 'Unexpected end of template.' : `Encountered unknown tag ${repr(name)}.`]
  if (looking && name !== null && expected.has(name))
    said.push(`You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${looking}.`)
  else if (looking) said.push(`Jinja was looking for the following tags: ${looking}.`)
  const innermost = open.at(-1)
  if (innermost) said.push(`The innermost block that needs to be closed is ${repr(innermost)}.`)
  return stream.fail(said.join(' '))
}

type Tag = (reading: Reading, line: number) => Stmt | Stmt[]

const tags: { readonly [name: string]: Tag | undefined } = {
  if: parseIf,
  for: parseFor,
  set: parseSet,
  with: parseWith,
  macro: (reading, line) => ({ kind: 'macro', ...parseMacro(reading), line }),
  call: parseCall,
  filter: parseFilterBlock,
  block: parseBlock,
  extends: ({ stream }, line) => {
    stream.next()
    return { kind: 'extends', template: parseExpression(stream), line }
  },
  include: parseInclude,
  import: parseImport,
  from: parseFrom,
  autoescape: parseAutoescape,
  print: ({ stream }, line) => {
    stream.next()
    const values: Stmt[] = []
    while (!stream.is('block_end')) {
      if (values.length) stream.expect('operator', ',')
      values.push({ kind: 'print', value: parseExpression(stream), line })
    }
    return values
  },
  do: ({ stream }, line) => {
    stream.next()
    return { kind: 'do', value: parseTuple(stream), line }
  },
  break: (reading, line) => parseJump(reading, 'break', line),
  continue: (reading, line) => parseJump(reading, 'continue', line),
}

function parseIf(reading: Reading, line: number): Stmt {
  const { stream } = reading
  const branches: { test: Expr; body: Body; line: number }[] = []
  stream.next()
  for (let from = line; ; from = stream.current.line) {
    const test = parseTuple(stream, { withChoice: false })
    const { body, end } = parseBlockBody(reading, ['elif', 'else', 'endif'])
    branches.push({ test, body, line: from })
    if (end === 'elif') continue
    const otherwise = end === 'else' ? parseBlockBody(reading, ['endif']).body : []
    return { kind: 'if', branches, otherwise, line }
  }
}

function parseFor(reading: Reading, line: number): Stmt {
  const { stream } = reading
  stream.next()
  const target = parseTarget(stream, { endWord: 'in' })
  stream.expect('name', 'in')
  const over = parseTuple(stream, { withChoice: false, endWord: 'recursive' })
  const test = stream.skips('name', 'if') ? parseExpression(stream) : null
  const recursive = stream.skips('name', 'recursive')
  const { body, end } = parseBlockBody(reading, ['endfor', 'else'])
  const otherwise = end === 'else' ? parseBlockBody(reading, ['endfor']).body : []
  return { kind: 'for', target, over, test, recursive, body, otherwise, line }
}

/** Jumps need a loop around them that is not outside of a macro or block. */
function parseJump({ stream, open }: Reading, kind: 'break' | 'continue', line: number): Stmt {
  stream.next()
  if (open.findLast(tag => LOOP_WALLS.has(tag)) !== 'for')
    throw stream.fail(kind === 'break' ? "'break' outside loop" : "'continue' not properly in loop", line)
  return { kind, line }
}
const LOOP_WALLS: ReadonlySet<string> = new Set(['for', 'macro', 'call', 'block'])

function parseSet(reading: Reading, line: number): Stmt {
  const { stream } = reading
  stream.next()
  const target = parseTarget(stream, { withFields: true })
  if (stream.skips('operator', '=')) return { kind: 'set', target, value: parseTuple(stream), line }
  const filter = parseFilterChain(stream, false)
  return { kind: 'setBlock', target, filter, body: parseBlockBody(reading, ['endset']).body, line }
}

function parseWith(reading: Reading, line: number): Stmt {
  const { stream } = reading
  stream.next()
  const targets: Target[] = []
  const values: Expr[] = []
  while (!stream.is('block_end')) {
    if (targets.length) stream.expect('operator', ',')
    targets.push(parseTarget(stream, {}))
    stream.expect('operator', '=')
    values.push(parseExpression(stream))
  }
  return { kind: 'with', targets, values, body: parseBlockBody(reading, ['endwith']).body, line }
}

function parseMacro(reading: Reading): MacroNode {
  const { stream } = reading
  stream.next()
  const name = assignable(stream, stream.expect('name').value)
  return { name, ...parseMacroRest(reading, () => parseSignature(stream), 'endmacro') }
}

/** Signature and body of a macro or call block, noting which special names the body speaks of. */
function parseMacroRest(reading: Reading, signatureOf: () => Signature, end: string): Omit<MacroNode, 'name'> {
  const { stream } = reading
  const mentions = new Set<string>()
  const signature = signatureOf()
  stream.mentions.push(mentions)
  const { body } = parseBlockBody(reading, [end])
  stream.mentions.pop()
  return { signature, body, mentions }
}

function parseSignature(stream: Stream): Signature {
  const parameters: { name: string; fallback: Expr | null }[] = []
  stream.expect('operator', '(')
  while (!stream.isOperator(')')) {
    if (parameters.length) stream.expect('operator', ',')
    const name = assignable(stream, stream.expect('name').value)
    const fallback = stream.skips('operator', '=') ? parseExpression(stream) : null
    if (!fallback && parameters.at(-1)?.fallback) throw stream.fail('non-default argument follows default argument')
    parameters.push({ name, fallback })
  }
  stream.expect('operator', ')')
  return { parameters }
}

function parseCall(reading: Reading, line: number): Stmt {
  const { stream } = reading
  stream.next()
  let call: Expr | undefined
  const signatureOf = () => {
    const signature = stream.isOperator('(') ? parseSignature(stream) : { parameters: [] }
    call = parseExpression(stream)
    if (call.kind !== 'call') throw stream.fail('expected call', line)
    return signature
  }
  const macro: MacroNode = { name: 'caller', ...parseMacroRest(reading, signatureOf, 'endcall') }
  if (!call) throw stream.fail('expected call', line)
  return { kind: 'callBlock', call, macro, line }
}

function parseFilterBlock(reading: Reading, line: number): Stmt {
  reading.stream.next()
  const filter = parseFilterChain(reading.stream, true)
  if (!filter) throw reading.stream.fail('expected a filter', line)
  return { kind: 'filterBlock', filter, body: parseBlockBody(reading, ['endfilter']).body, line }
}

function parseBlock(reading: Reading, line: number): Stmt {
  const { stream } = reading
  stream.next()
  const name = stream.expect('name').value
  const scoped = stream.skips('name', 'scoped')
  const required = stream.skips('name', 'required')
  if (stream.isOperator('-'))
    throw stream.fail(
      'Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.',
    )
  if (reading.blocks.has(name)) throw stream.fail(`block ${repr(name)} defined twice`, line)
  const block = { body: [] as Body, required, line }
  reading.blocks.set(name, block)
  block.body = parseBlockBody(reading, ['endblock']).body
  if (required && block.body.some(one => one.kind !== 'data' || one.text.trim() !== ''))
    throw stream.fail('Required blocks can only contain comments or whitespace')
  stream.skips('name', name)
  return { kind: 'block', name, scoped, required, line }
}

function parseInclude({ stream }: Reading, line: number): Stmt {
  stream.next()
  const template = parseExpression(stream)
  const ignoreMissing = stream.isName('ignore') && stream.following.value === 'missing'
  if (ignoreMissing) {
    stream.next()
    stream.next()
  }
  return { kind: 'include', template, ignoreMissing, withContext: parseContext(stream, true), line }
}

/** `with context` or `without context`, where it stands. */
function parseContext(stream: Stream, otherwise: boolean): boolean {
  if (!stream.isName('with', 'without') || stream.following.value !== 'context') return otherwise
  const given = stream.next().value === 'with'
  stream.next()
  return given
}

export function parseImport({ stream }: Reading, line: number): Stmt & { kind: 'import' } {
  stream.next()
  const template = parseExpression(stream)
  stream.expect('name', 'as')
  const target = assignable(stream, stream.expect('name').value)
  return { kind: 'import', template, target, withContext: parseContext(stream, false), line }
}

function parseFrom({ stream }: Reading, line: number): Stmt {
  stream.next()
  const template = parseExpression(stream)
  stream.expect('name', 'import')
  const names: [string, string][] = []
  let withContext: boolean | undefined
  const context = () =>
    stream.isName('with', 'without') && stream.following.value === 'context' ? parseContext(stream, false) : undefined
  while (withContext === undefined) {
    if (names.length) stream.expect('operator', ',')
    withContext = context()
    if (withContext !== undefined) break
    const name = stream.expect('name').value
    if (name.startsWith('_')) throw stream.fail('names starting with an underline can not be imported', line)
    const alias = stream.skips('name', 'as')
      ? assignable(stream, stream.expect('name').value)
      : assignable(stream, name)
    names.push([name, alias])
    withContext = context()
    if (!stream.isOperator(',')) break
  }
  return { kind: 'from', template, names, withContext: withContext ?? false, line }
}

function parseAutoescape(reading: Reading, line: number): Stmt {
  reading.stream.next()
  const value = parseExpression(reading.stream)
  return { kind: 'autoescape', value, body: parseBlockBody(reading, ['endautoescape']).body, line }
}

const RESERVED: ReadonlySet<string> = new Set(['true', 'false', 'none', 'True', 'False', 'None'])

function assignable(stream: Stream, name: string): string {
  if (RESERVED.has(name)) throw stream.fail("can't assign to 'const'")
  return name
}

/** What stands before the `=` of a set, or between `for` and `in`. */
export function parseTarget(stream: Stream, rules: { endWord?: string; withFields?: boolean }): Target {
  if (rules.withFields && stream.following.type === 'operator' && stream.following.value === '.') {
    const of = stream.expect('name').value
    stream.next()
    return { kind: 'field', of, name: stream.expect('name').value }
  }
  const { line } = stream.current
  const read = parseTuple(stream, { simple: true, ...(rules.endWord ? { endWord: rules.endWord } : {}) })
  return asTarget(stream, read, line)
}

function asTarget(stream: Stream, read: Expr, line: number): Target {
  if (read.kind === 'name') return { kind: 'name', name: read.name }
  if (read.kind === 'tuple') return { kind: 'names', targets: read.items.map(item => asTarget(stream, item, line)) }
  const kind = read.kind === 'constant' ? 'const' : read.kind
  throw stream.fail(`can't assign to ${repr(kind)}`, line)
}
