/** Reads a JMESPath expression into a function of a value, by binding powers. */
import { equals, type Ordering, ordered } from '../../python/compare.ts'
import { Dict } from '../../python/dict.ts'
import { isNumber } from '../../python/kind.ts'
import { sliceOf } from '../../python/slice.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { queryFunction } from './query-functions.ts'
import { type QueryToken, queryError, queryTokens } from './query-tokens.ts'

export type Query = (value: Value) => Value

const known = new Map<string, Query>()

export function parseQuery(text: string): Query {
  const before = known.get(text)
  if (before) return before
  const reader = new Reader(queryTokens(text), text)
  const query = expression(reader, 0)
  if (reader.current.type !== 'end') throw reader.unexpected()
  if (known.size > 200) known.clear()
  known.set(text, query)
  return query
}

const POWERS: Readonly<Record<string, number>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '*': 20,
  '[?': 21,
  '.': 40,
  '!': 45,
  '{': 50,
  '[': 55,
  '(': 60,
}
/** Weaker ones end a projection. */
const PROJECTION_ENDS = 10

class Reader {
  readonly #tokens: readonly QueryToken[]
  readonly #text: string
  #at = 0
  depth = 0
  constructor(tokens: readonly QueryToken[], text: string) {
    this.#tokens = tokens
    this.#text = text
  }
  get current(): QueryToken {
    return this.#tokens[this.#at] ?? { type: 'end', text: '' }
  }
  get following(): QueryToken {
    return this.#tokens[this.#at + 1] ?? { type: 'end', text: '' }
  }
  get power(): number {
    return this.current.type === 'sign' ? (POWERS[this.current.text] ?? 0) : 0
  }
  next(): QueryToken {
    const token = this.current
    this.#at++
    return token
  }
  is(sign: string): boolean {
    return this.current.type === 'sign' && this.current.text === sign
  }
  skips(sign: string): boolean {
    if (!this.is(sign)) return false
    this.#at++
    return true
  }
  expect(sign: string): void {
    if (!this.skips(sign)) throw this.unexpected()
  }
  unexpected() {
    return queryError(
      `Invalid jmespath expression: Parse error, unexpected ${JSON.stringify(this.current.text)} in ${this.#text}`,
    )
  }
}

function expression(reader: Reader, power: number): Query {
  if (++reader.depth > 100) throw queryError('Invalid jmespath expression: nested too deep')
  let left = prefix(reader)
  while (power < reader.power) left = infix(reader, left)
  reader.depth--
  return left
}

function prefix(reader: Reader): Query {
  const token = reader.next()
  if (token.type === 'literal') return () => token.value ?? null
  if (token.type === 'name') return reader.is('(') && !token.quoted ? call(reader, token.text) : field(token.text)
  if (token.type === 'sign')
    switch (token.text) {
      case '@':
        return value => value
      case '!': {
        const of = expression(reader, POWERS['!'] ?? 0)
        return value => !holds(of(value))
      }
      case '(': {
        const inside = expression(reader, 0)
        reader.expect(')')
        return inside
      }
      case '&': {
        const of = expression(reader, 0)
        return () => ({ pyType: 'expression', pyCall: ([item = null]) => of(item) })
      }
      case '*':
        return projection(value => (value instanceof Dict ? [...value.values()] : null), rest(reader, POWERS['*'] ?? 0))
      case '[]':
        return projection(flat, rest(reader, POWERS['[]'] ?? 0))
      case '[?':
        return filtered(reader, value => value)
      case '[':
        return bracket(reader, value => value, true)
      case '{':
        return hash(reader)
    }
  throw reader.unexpected()
}

function infix(reader: Reader, left: Query): Query {
  const { text } = reader.next()
  const right = () => expression(reader, POWERS[text] ?? 0)
  switch (text) {
    case '.':
      return reader.skips('*')
        ? projection(value => childrenOf(left(value)), rest(reader, POWERS['*'] ?? 0))
        : after(left, dotted(reader, POWERS['.'] ?? 0))
    case '|':
      return after(left, right())
    case '||': {
      const other = right()
      return value => {
        const found = left(value)
        return holds(found) ? found : other(value)
      }
    }
    case '&&': {
      const other = right()
      return value => {
        const found = left(value)
        return holds(found) ? other(value) : found
      }
    }
    case '[]':
      return projection(value => flat(left(value)), rest(reader, POWERS['[]'] ?? 0))
    case '[?':
      return filtered(reader, left)
    case '[':
      return bracket(reader, left, false)
    default: {
      if (!/^[=!<>]/.test(text)) throw reader.unexpected()
      const other = right()
      return value => compared(text, left(value), other(value))
    }
  }
}

function after(first: Query, second: Query): Query {
  return value => second(first(value))
}

function field(name: string): Query {
  return value => (value instanceof Dict ? (value.get(name) ?? null) : null)
}

function dotted(reader: Reader, power: number): Query {
  if (reader.current.type === 'name' || reader.is('*')) return expression(reader, power)
  if (reader.skips('[')) return nullSafe(list(reader))
  if (reader.skips('{')) return hash(reader)
  throw reader.unexpected()
}

/** What follows a projection is applied to each of its items. */
function rest(reader: Reader, power: number): Query {
  if (reader.power < PROJECTION_ENDS) return value => value
  if (reader.is('[') || reader.is('[?')) return expressionAfter(reader, power)
  if (reader.skips('.')) return dotted(reader, power)
  throw reader.unexpected()
}

/** The brackets that follow, as if they stood alone. */
function expressionAfter(reader: Reader, power: number): Query {
  let query: Query = value => value
  while (power < reader.power) query = infix(reader, query)
  return query
}

function projection(items: (value: Value) => Value[] | null, each: Query): Query {
  return value =>
    items(value)
      ?.map(each)
      .filter(item => item !== null) ?? null
}

function filtered(reader: Reader, of: Query): Query {
  const test = expression(reader, 0)
  reader.expect(']')
  const each = rest(reader, POWERS['[?'] ?? 0)
  return projection(value => itemsOf(of(value))?.filter(item => holds(test(item))) ?? null, each)
}

/** `[0]`, `[1:3]`, `[*]`, or at the start of an expression a list of expressions. */
function bracket(reader: Reader, of: Query, atStart: boolean): Query {
  if (reader.current.type === 'number' || reader.is(':')) return indexed(reader, of)
  if (reader.is('*') && reader.following.text === ']') {
    reader.next()
    reader.expect(']')
    return projection(value => itemsOf(of(value)), rest(reader, POWERS['*'] ?? 0))
  }
  if (!atStart) throw reader.unexpected()
  return nullSafe(list(reader))
}

function indexed(reader: Reader, of: Query): Query {
  const bounds: (number | null)[] = [null]
  while (!reader.skips(']')) {
    const token = reader.next()
    if (token.type === 'number') bounds[bounds.length - 1] = Number(token.text)
    else if (token.type === 'sign' && token.text === ':' && bounds.length < 3) bounds.push(null)
    else throw reader.unexpected()
  }
  const [start = null, stop = null, step = null] = bounds
  if (bounds.length === 1) return value => itemsOf(of(value))?.at(start ?? 0) ?? null
  const slice = (value: Value) => {
    const items = itemsOf(of(value))
    return items && (sliceOf(items, start, stop, step) as Value[])
  }
  return projection(slice, rest(reader, POWERS['*'] ?? 0))
}

function list(reader: Reader): Query {
  const items: Query[] = []
  do items.push(expression(reader, 0))
  while (reader.skips(','))
  reader.expect(']')
  return value => items.map(item => item(value))
}

function hash(reader: Reader): Query {
  const pairs: [string, Query][] = []
  do {
    const name = reader.next()
    if (name.type !== 'name') throw reader.unexpected()
    reader.expect(':')
    pairs.push([name.text, expression(reader, 0)])
  } while (reader.skips(','))
  reader.expect('}')
  return nullSafe(value => Dict.of(pairs.map(([name, query]) => [name, query(value)] as const)))
}

function nullSafe(query: Query): Query {
  return value => (value === null ? null : query(value))
}

function call(reader: Reader, name: string): Query {
  reader.expect('(')
  const args: Query[] = []
  while (!reader.skips(')')) {
    if (args.length) reader.expect(',')
    args.push(expression(reader, 0))
  }
  const run = queryFunction(name)
  return value => run(args.map(arg => arg(value)))
}

function compared(operator: string, left: Value, right: Value): Value {
  if (operator === '==') return equals(left, right)
  if (operator === '!=') return !equals(left, right)
  return isNumber(left) && isNumber(right) ? ordered(operator as Ordering, left, right) : null
}

/** Numbers are true, zero as well. */
function holds(value: Value): boolean {
  if (value === null || value === false || value === '') return false
  if (value instanceof Dict) return value.size > 0
  return itemsOf(value)?.length !== 0
}

function itemsOf(value: Value): Value[] | null {
  if (Array.isArray(value)) return value
  return value instanceof Tuple ? [...value.items] : null
}
function childrenOf(value: Value): Value[] | null {
  return value instanceof Dict ? [...value.values()] : null
}
function flat(value: Value): Value[] | null {
  return itemsOf(value)?.flatMap(item => itemsOf(item) ?? [item]) ?? null
}
