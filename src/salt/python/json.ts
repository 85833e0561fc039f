/** JSON as Python's json module reads and writes it. */
import { compare } from './compare.ts'
import { Dict } from './dict.ts'
import { PyError, typeError, valueError } from './error.ts'
import { Float } from './float.ts'
import { floatText } from './float-text.ts'
import { integer } from './integer.ts'
import { typeName } from './kind.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export interface JsonStyle {
  /** Spaces, or the text of one indentation; without it everything is on one line. */
  readonly indent?: number | string | null
  readonly sortKeys?: boolean
  /** Letters beyond ASCII become \uXXXX; default true. */
  readonly ensureAscii?: boolean
  /** Between items, and between key and value. */
  readonly separators?: readonly [string, string]
}

/** Nested deeper, what walks the value afterwards would run out of stack. */
const deepest = 500

interface Reading {
  readonly text: string
  at: number
  depth: number
}

/** 1.0 becomes a Float, objects a Dict. Throws PyError in Python's words, with line and column. */
export function readJson(text: string): Value {
  const reading: Reading = { text, at: 0, depth: 0 }
  if (text.startsWith('\ufeff')) fail('Unexpected UTF-8 BOM (decode using utf-8-sig)', reading)
  skipSpace(reading)
  const value = readValue(reading)
  skipSpace(reading)
  if (reading.at < text.length) fail('Extra data', reading)
  return value
}

function fail(problem: string, reading: Reading, at = reading.at): never {
  const before = reading.text.slice(0, at)
  const line = before.split('\n').length
  const column = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1
  const place = `line ${line} column ${column} (char ${Array.from(before).length})`
  throw new PyError('json.decoder.JSONDecodeError', `${problem}: ${place}`)
}

function skipSpace(reading: Reading): void {
  const { text } = reading
  for (;;) {
    const code = text.charCodeAt(reading.at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
    reading.at += 1
  }
}

const words: readonly [string, Value][] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new Float(Number.NaN)],
  ['Infinity', new Float(Number.POSITIVE_INFINITY)],
  ['-Infinity', new Float(Number.NEGATIVE_INFINITY)],
]
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y

function readValue(reading: Reading): Value {
  const { text } = reading
  const char = text[reading.at]
  if (char === '"') return readString(reading)
  if (char === '{') return nested(reading, readObject)
  if (char === '[') return nested(reading, readArray)
  number.lastIndex = reading.at
  const found = number.exec(text)
  if (found) {
    reading.at = number.lastIndex
    if (found[1] !== undefined || found[2] !== undefined) return new Float(Number(found[0]))
    if (found[0].length > 4300) throw valueError('Exceeds the limit (4300 digits) for integer string conversion')
    return found[0].length < 16 ? Number(found[0]) + 0 : integer(BigInt(found[0]))
  }
  for (const [word, value] of words) {
    if (!text.startsWith(word, reading.at)) continue
    reading.at += word.length
    return value
  }
  return fail('Expecting value', reading)
}

function nested(reading: Reading, read: (reading: Reading) => Value): Value {
  reading.depth += 1
  if (reading.depth > deepest) throw new PyError('RecursionError', `JSON is nested more than ${deepest} deep`)
  reading.at += 1
  skipSpace(reading)
  const value = read(reading)
  reading.depth -= 1
  return value
}

function readArray(reading: Reading): Value[] {
  const list: Value[] = []
  if (taken(reading, ']')) return list
  for (;;) {
    list.push(readValue(reading))
    skipSpace(reading)
    if (taken(reading, ']')) return list
    if (!taken(reading, ',')) fail("Expecting ',' delimiter", reading)
    skipSpace(reading)
  }
}

function readObject(reading: Reading): Dict {
  const dict = new Dict()
  if (taken(reading, '}')) return dict
  for (;;) {
    if (reading.text[reading.at] !== '"') fail('Expecting property name enclosed in double quotes', reading)
    const key = readString(reading)
    skipSpace(reading)
    if (!taken(reading, ':')) fail("Expecting ':' delimiter", reading)
    skipSpace(reading)
    dict.set(key, readValue(reading))
    skipSpace(reading)
    if (taken(reading, '}')) return dict
    if (!taken(reading, ',')) fail("Expecting ',' delimiter", reading)
    skipSpace(reading)
  }
}

function taken(reading: Reading, char: string): boolean {
  if (reading.text[reading.at] !== char) return false
  reading.at += 1
  return true
}

const plainRun = /[^"\\\x00-\x1f]*/y
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

function readString(reading: Reading): string {
  const { text } = reading
  const begin = reading.at
  let value = ''
  reading.at += 1
  for (;;) {
    plainRun.lastIndex = reading.at
    value += plainRun.exec(text)?.[0] ?? ''
    reading.at = plainRun.lastIndex
    const char = text[reading.at]
    if (char === undefined) return fail('Unterminated string starting at', reading, begin)
    if (char === '"') {
      reading.at += 1
      return value
    }
    if (char !== '\\') return fail('Invalid control character at', reading)
    value += readEscape(reading, begin)
  }
}

function readEscape(reading: Reading, begin: number): string {
  const { text } = reading
  const letter = text[reading.at + 1]
  if (letter === undefined) return fail('Unterminated string starting at', reading, begin)
  if (letter === 'u') {
    const digits = text.slice(reading.at + 2, reading.at + 6)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return fail('Invalid \\uXXXX escape', reading, reading.at + 1)
    reading.at += 6
    return String.fromCharCode(Number.parseInt(digits, 16))
  }
  const meant = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
  if (meant === undefined) return fail('Invalid \\escape', reading)
  reading.at += 2
  return meant
}

interface Writing {
  readonly indent: string | undefined
  readonly sortKeys: boolean
  readonly ensureAscii: boolean
  readonly between: string
  readonly colon: string
  readonly around: Set<Value>
}

/** Exactly as json.dumps prints. Throws PyError for what JSON cannot hold. */
export function writeJson(value: Value, style: JsonStyle = {}): string {
  const { sortKeys = false, ensureAscii = true } = style
  const indent = typeof style.indent === 'number' ? ' '.repeat(Math.max(0, style.indent)) : (style.indent ?? undefined)
  const [between, colon] = style.separators ?? [indent === undefined ? ', ' : ',', ': ']
  return write(value, { indent, sortKeys, ensureAscii, between, colon, around: new Set() }, '\n')
}

/** `line` is a line break and the indentation of where the value stands. */
function write(value: Value, writing: Writing, line: string): string {
  if (typeof value === 'string') return quoted(value, writing)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Float) return floatWord(value.value)
  if (Array.isArray(value)) return within(value, writing, () => list(value, writing, line))
  if (value instanceof Tuple) return within(value, writing, () => list(value.items, writing, line))
  if (value instanceof Dict) return within(value, writing, () => object(value, writing, line))
  throw typeError(`Object of type ${typeName(value)} is not JSON serializable`)
}

function within(value: Value, { around }: Writing, work: () => string): string {
  if (around.has(value)) throw valueError('Circular reference detected')
  if (around.size >= deepest) throw new PyError('RecursionError', `values nested more than ${deepest} deep`)
  around.add(value)
  const text = work()
  around.delete(value)
  return text
}

function list(items: readonly Value[], writing: Writing, line: string): string {
  const inner = line + (writing.indent ?? '')
  return bracketed(
    '[',
    ']',
    Array.from(items, item => write(item, writing, inner)),
    writing,
    line,
  )
}

function object(dict: Dict, writing: Writing, line: string): string {
  const inner = line + (writing.indent ?? '')
  const pairs = Array.from(dict)
  if (writing.sortKeys) pairs.sort(([a], [b]) => compare(a, b))
  const parts = pairs.map(([key, item]) => quoted(keyText(key), writing) + writing.colon + write(item, writing, inner))
  return bracketed('{', '}', parts, writing, line)
}

function bracketed(open: string, close: string, parts: readonly string[], writing: Writing, line: string): string {
  if (parts.length === 0) return open + close
  if (writing.indent === undefined) return open + parts.join(writing.between) + close
  const inner = line + writing.indent
  return open + inner + parts.join(writing.between + inner) + line + close
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key
  if (key === null || typeof key === 'boolean' || typeof key === 'number' || typeof key === 'bigint') return String(key)
  if (key instanceof Float) return floatWord(key.value)
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`)
}

function floatWord(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return floatText(value)
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\f', '\\f'],
  ['\b', '\\b'],
])

function quoted(text: string, { ensureAscii }: Writing): string {
  const special = ensureAscii ? /["\\\x00-\x1f]|[^\x00-\x7e]/g : /["\\\x00-\x1f]/g
  const inside = text.replace(
    special,
    char => shortEscapes.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `"${inside}"`
}
