/** Reads expressions, by falling precedence: choice, or, and, not, comparison, + -, ~, * / // %, **, sign, postfix, filter. */
import type { Operator } from '../python/arithmetic.ts'
import { Float } from '../python/float.ts'
import { integer } from '../python/integer.ts'
import { repr } from '../python/repr.ts'
import type { Stream } from './stream.ts'
import { describe } from './token.ts'
import type { CallArguments, Comparison, Expr } from './tree.ts'

const DEEPEST = 200

export function parseExpression(stream: Stream, withChoice = true): Expr {
  if (++stream.depth > DEEPEST) throw stream.fail('this expression is nested too deep')
  const read = withChoice ? parseChoice(stream) : parseOr(stream)
  stream.depth--
  return read
}

export interface TupleRules {
  /** Only primaries, as in assignment targets. */
  readonly simple?: boolean
  readonly withChoice?: boolean
  /** A word that ends the tuple, such as `in`. */
  readonly endWord?: string
  readonly inParentheses?: boolean
}

/** One expression, or several with commas as a tuple. */
export function parseTuple(stream: Stream, rules: TupleRules = {}): Expr {
  const items: Expr[] = []
  let line = stream.current.line
  let isTuple = false
  while (true) {
    if (items.length) stream.expect('operator', ',')
    if (endsTuple(stream, rules.endWord)) break
    items.push(rules.simple ? parsePrimary(stream) : parseExpression(stream, rules.withChoice ?? true))
    if (!stream.isOperator(',')) break
    isTuple = true
    line = stream.current.line
  }
  if (!isTuple) {
    if (items[0]) return items[0]
    if (!rules.inParentheses) throw stream.fail(`Expected an expression, got ${repr(describe(stream.current))}`)
  }
  return { kind: 'tuple', items, line }
}

function endsTuple(stream: Stream, endWord: string | undefined): boolean {
  return (
    stream.is('variable_end') ||
    stream.is('block_end') ||
    stream.isOperator(')') ||
    (endWord !== undefined && stream.isName(endWord))
  )
}

function parseChoice(stream: Stream): Expr {
  const { line } = stream.current
  let yes = parseOr(stream)
  while (stream.skips('name', 'if')) {
    const test = parseOr(stream)
    const no = stream.skips('name', 'else') ? parseExpression(stream) : null
    yes = { kind: 'choice', test, yes, no, line }
  }
  return yes
}

function parseOr(stream: Stream): Expr {
  const { line } = stream.current
  let left = parseAnd(stream)
  while (stream.skips('name', 'or')) left = { kind: 'or', left, right: parseAnd(stream), line }
  return left
}

function parseAnd(stream: Stream): Expr {
  const { line } = stream.current
  let left = parseNot(stream)
  while (stream.skips('name', 'and')) left = { kind: 'and', left, right: parseNot(stream), line }
  return left
}

function parseNot(stream: Stream): Expr {
  const { line } = stream.current
  let count = 0
  while (stream.skips('name', 'not')) count++
  let read = parseComparison(stream)
  while (count-- > 0) read = { kind: 'not', of: read, line }
  return read
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])

function parseComparison(stream: Stream): Expr {
  const { line } = stream.current
  const of = parseSum(stream)
  const steps: Comparison[] = []
  for (let operator = comparison(stream); operator; operator = comparison(stream))
    steps.push({ operator, right: parseSum(stream) })
  return steps.length ? { kind: 'compare', of, steps, line } : of
}

function comparison(stream: Stream): Comparison['operator'] | undefined {
  if (stream.current.type === 'operator' && COMPARISONS.has(stream.current.value))
    return stream.next().value as Comparison['operator']
  if (stream.skips('name', 'in')) return 'in'
  if (!stream.isName('not') || stream.following.type !== 'name' || stream.following.value !== 'in') return undefined
  stream.next()
  stream.next()
  return 'not in'
}

/** Binary operators of one rank, leftmost first. */
function rank(operators: readonly Operator[], parseOperand: (stream: Stream) => Expr): (stream: Stream) => Expr {
  return stream => {
    const { line } = stream.current
    let left = parseOperand(stream)
    while (stream.current.type === 'operator' && operators.includes(stream.current.value as Operator)) {
      const operator = stream.next().value as Operator
      left = { kind: 'binary', operator, left, right: parseOperand(stream), line }
    }
    return left
  }
}
const parsePower = rank(['**'], stream => parseSigned(stream))
const parseProduct = rank(['*', '/', '//', '%'], parsePower)
const parseSum = rank(['+', '-'], parseConcat)

function parseConcat(stream: Stream): Expr {
  const { line } = stream.current
  const first = parseProduct(stream)
  if (!stream.isOperator('~')) return first
  const parts = [first]
  while (stream.skips('operator', '~')) parts.push(parseProduct(stream))
  return { kind: 'concat', parts, line }
}

function parseSigned(stream: Stream, withFilter = true): Expr {
  const { line, value } = stream.current
  let read: Expr
  if (stream.isOperator('-') || stream.isOperator('+')) {
    if (++stream.depth > DEEPEST) throw stream.fail('this expression is nested too deep')
    stream.next()
    read = { kind: 'sign', operator: value === '-' ? '-' : '+', of: parseSigned(stream, false), line }
    stream.depth--
  } else read = parsePostfix(stream, parsePrimary(stream))
  return withFilter ? parseFilters(stream, read) : read
}

const CONSTANTS: ReadonlyMap<string, true | false | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

function parsePrimary(stream: Stream): Expr {
  const token = stream.current
  const { line } = token
  switch (token.type) {
    case 'name': {
      stream.next()
      const value = CONSTANTS.get(token.value)
      if (value !== undefined) return { kind: 'constant', value, line }
      stream.mention(token.value)
      return { kind: 'name', name: token.value, line }
    }
    case 'string': {
      let value = ''
      while (stream.is('string')) value += stream.next().value
      return { kind: 'constant', value, line }
    }
    case 'integer':
      stream.next()
      return { kind: 'constant', value: integer(BigInt(token.value.replaceAll('_', ''))), line }
    case 'float':
      stream.next()
      return { kind: 'constant', value: new Float(Number(token.value.replaceAll('_', ''))), line }
  }
  if (stream.skips('operator', '(')) {
    const read = parseTuple(stream, { inParentheses: true })
    stream.expect('operator', ')')
    return read
  }
  if (stream.isOperator('[')) return parseList(stream)
  if (stream.isOperator('{')) return parseDict(stream)
  throw stream.fail(`unexpected ${repr(describe(token))}`)
}

function parseList(stream: Stream): Expr {
  const { line } = stream.expect('operator', '[')
  const items: Expr[] = []
  while (!stream.isOperator(']')) {
    if (items.length) stream.expect('operator', ',')
    if (stream.isOperator(']')) break
    items.push(parseExpression(stream))
  }
  stream.expect('operator', ']')
  return { kind: 'list', items, line }
}

function parseDict(stream: Stream): Expr {
  const { line } = stream.expect('operator', '{')
  const pairs: [Expr, Expr][] = []
  while (!stream.isOperator('}')) {
    if (pairs.length) stream.expect('operator', ',')
    if (stream.isOperator('}')) break
    const key = parseExpression(stream)
    stream.expect('operator', ':')
    pairs.push([key, parseExpression(stream)])
  }
  stream.expect('operator', '}')
  return { kind: 'dict', pairs, line }
}

/** `.name`, `[key]` and `(arguments)` after a value. */
function parsePostfix(stream: Stream, first: Expr): Expr {
  let of = first
  while (true) {
    if (stream.isOperator('.') || stream.isOperator('[')) of = parseSubscript(stream, of)
    else if (stream.isOperator('(')) of = { kind: 'call', of, given: parseArguments(stream), line: of.line }
    else return of
  }
}

function parseFilters(stream: Stream, first: Expr): Expr {
  let of = first
  while (true) {
    if (stream.isOperator('|')) of = parseFilter(stream, of)
    else if (stream.isName('is')) of = parseTest(stream, of)
    else if (stream.isOperator('(')) of = { kind: 'call', of, given: parseArguments(stream), line: of.line }
    else return of
  }
}

function parseSubscript(stream: Stream, of: Expr): Expr {
  const { line, value } = stream.next()
  if (value === '.') {
    const token = stream.next()
    if (token.type === 'name') return { kind: 'attribute', of, name: token.value, line: token.line }
    if (token.type !== 'integer') throw stream.fail('expected name or number', token.line)
    return { kind: 'item', of, key: { kind: 'constant', value: Number(token.value), line }, line }
  }
  const keys: Expr[] = []
  let slice: (Expr | null)[] | undefined
  while (!stream.isOperator(']')) {
    if (keys.length || slice) stream.expect('operator', ',')
    const read = parseSubscribed(stream)
    if (Array.isArray(read)) slice = read
    else keys.push(read)
  }
  stream.expect('operator', ']')
  if (slice) return { kind: 'slice', of, bounds: slice, line }
  const key: Expr = keys.length === 1 && keys[0] ? keys[0] : { kind: 'tuple', items: keys, line }
  return { kind: 'item', of, key, line }
}

/** A key, or the bounds of a slice. */
function parseSubscribed(stream: Stream): Expr | (Expr | null)[] {
  const bounds: (Expr | null)[] = []
  if (!stream.isOperator(':')) {
    const first = parseExpression(stream)
    if (!stream.isOperator(':')) return first
    bounds.push(first)
  } else bounds.push(null)
  while (bounds.length < 3 && stream.skips('operator', ':')) {
    const absent = stream.isOperator(':') || stream.isOperator(']') || stream.isOperator(',')
    bounds.push(absent ? null : parseExpression(stream))
  }
  return bounds
}

const NO_ARGUMENTS: CallArguments = { args: [], keywords: [] }

function parseArguments(stream: Stream): CallArguments {
  const { line } = stream.expect('operator', '(')
  const args: Expr[] = []
  const keywords: { name: string; value: Expr }[] = []
  let spread: Expr | undefined
  let spreadKeywords: Expr | undefined
  const ensure = (right: boolean) => {
    if (!right) throw stream.fail('invalid syntax for function call expression', line)
  }
  for (let first = true; !stream.isOperator(')'); first = false) {
    if (!first) {
      stream.expect('operator', ',')
      if (stream.isOperator(')')) break
    }
    if (stream.skips('operator', '*')) {
      ensure(spread === undefined && spreadKeywords === undefined)
      spread = parseExpression(stream)
    } else if (stream.skips('operator', '**')) {
      ensure(spreadKeywords === undefined)
      spreadKeywords = parseExpression(stream)
    } else if (stream.is('name') && stream.following.type === 'operator' && stream.following.value === '=') {
      ensure(spreadKeywords === undefined)
      const name = stream.next().value
      stream.next()
      keywords.push({ name, value: parseExpression(stream) })
    } else {
      ensure(spread === undefined && spreadKeywords === undefined && keywords.length === 0)
      args.push(parseExpression(stream))
    }
  }
  stream.expect('operator', ')')
  return { args, keywords, spread, spreadKeywords }
}

/** One filter; `of` is null in the head of a filter block. */
function parseFilter(stream: Stream, of: Expr | null, isFirst = false): Expr {
  if (!isFirst) stream.expect('operator', '|')
  const { line } = stream.current
  const name = dottedName(stream)
  return { kind: 'filter', of, name, given: stream.isOperator('(') ? parseArguments(stream) : NO_ARGUMENTS, line }
}

/** `| a | b`, applied to the text of a block. */
export function parseFilterChain(stream: Stream, inline: boolean): Expr | null {
  let filter: Expr | null = inline ? parseFilter(stream, null, true) : null
  while (stream.isOperator('|')) filter = parseFilter(stream, filter)
  return filter
}

function parseTest(stream: Stream, of: Expr): Expr {
  const { line } = stream.next()
  const negated = stream.skips('name', 'not')
  const name = dottedName(stream)
  const test: Expr = { kind: 'test', of, name, given: testArguments(stream), line }
  return negated ? { kind: 'not', of: test, line } : test
}

const ARGUMENT_STARTS: ReadonlySet<string> = new Set(['name', 'string', 'integer', 'float'])

function testArguments(stream: Stream): CallArguments {
  if (stream.isOperator('(')) return parseArguments(stream)
  const starts = ARGUMENT_STARTS.has(stream.current.type) || stream.isOperator('[') || stream.isOperator('{')
  if (!starts || stream.isName('else', 'or', 'and')) return NO_ARGUMENTS
  if (stream.isName('is')) throw stream.fail('You cannot chain multiple tests with is')
  return { args: [parsePostfix(stream, parsePrimary(stream))], keywords: [] }
}

function dottedName(stream: Stream): string {
  let name = stream.expect('name').value
  while (stream.skips('operator', '.')) name += `.${stream.expect('name').value}`
  return name
}
