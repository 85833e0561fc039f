/** Python's repr() and str() of every kind of value. */
import type { Dict } from './dict.ts'
import { Float } from './float.ts'
import { floatText } from './float-text.ts'
import { isPrintable } from './text.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

/** What `{{ value }}` prints. */
export function str(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object' && value !== null && 'pyType' in value)
    return value.pyText?.() ?? value.pyRepr?.() ?? `<${value.pyType}>`
  return repr(value)
}

/** As `str`, with ordered mappings like others: what Salt's templates print. */
export function printed(value: Value): string {
  if (typeof value !== 'object' || value === null || 'pyType' in value) return str(value)
  return write(value, [], true)
}

/** What a value prints as inside a list. */
export function repr(value: Value): string {
  return write(value, [])
}

/** As `repr`, with all that is not ASCII escaped. */
export function asciiRepr(value: Value): string {
  return repr(value).replace(/[^\x00-\x7f]/gu, codeEscape)
}

/** `around` holds the containers being written, so that one inside itself prints as [...]. */
function write(value: Value, around: Value[], plainOrder = false): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'boolean':
      return value ? 'True' : 'False'
    case 'number':
    case 'bigint':
      return String(value)
  }
  if (value === null) return 'None'
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Uint8Array) return bytesText(value)
  if ('pyType' in value) return value.pyRepr?.() ?? value.pyText?.() ?? `<${value.pyType}>`
  if (around.includes(value)) return Array.isArray(value) ? '[...]' : value instanceof Tuple ? '(...)' : '{...}'
  around.push(value)
  const text = container(value, around, plainOrder)
  around.pop()
  return text
}

function container(value: Value[] | Tuple | Set<Value> | Dict, around: Value[], plainOrder: boolean): string {
  const text = (item: Value) => write(item, around, plainOrder)
  const list = (items: Iterable<Value>) => Array.from(items, text).join(', ')
  if (Array.isArray(value)) return `[${list(value)}]`
  if (value instanceof Tuple) return value.items.length === 1 ? `(${list(value.items)},)` : `(${list(value.items)})`
  if (value instanceof Set) return value.size ? `{${list(value)}}` : 'set()'
  if (value.className === 'OrderedDict' && !plainOrder) {
    const pairs = Array.from(value, ([key, item]) => `(${text(key)}, ${text(item)})`)
    return pairs.length ? `OrderedDict([${pairs.join(', ')}])` : 'OrderedDict()'
  }
  return `{${Array.from(value, ([key, item]) => `${text(key)}: ${text(item)}`).join(', ')}}`
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('\\') && !text.includes(quote)) return quote + text + quote
  let inside = ''
  for (const character of text) {
    if (character === quote) inside += `\\${quote}`
    else inside += ESCAPES[character] ?? (isPrintable(character) ? character : codeEscape(character))
  }
  return quote + inside + quote
}

function codeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

function bytesText(bytes: Uint8Array): string {
  const characters = Array.from(bytes, byte => String.fromCharCode(byte))
  const quote = characters.includes("'") && !characters.includes('"') ? '"' : "'"
  const inside = characters.map(character => {
    if (character === quote) return `\\${quote}`
    return ESCAPES[character] ?? (/[\x20-\x7e]/.test(character) ? character : codeEscape(character))
  })
  return `b${quote}${inside.join('')}${quote}`
}
