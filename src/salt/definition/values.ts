/** Small readings of Python values that the whole engine needs: text, truth, plain JavaScript data and back. */
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

/** What str() prints. */
export const textOf = str
/** What bool() has it. */
export const truthOf = truth

/** Plain JavaScript data (of JSON.parse, of a module) as Python values; whole numbers become int, others float. */
export function fromPlain(data: unknown): Value {
  if (data === undefined || data === null) return null
  if (typeof data === 'number') return Number.isInteger(data) ? data : new Float(data)
  if (typeof data === 'string' || typeof data === 'boolean' || typeof data === 'bigint') return data
  if (Array.isArray(data)) return data.map(fromPlain)
  if (data instanceof Dict || data instanceof Float || data instanceof Tuple || data instanceof Uint8Array) return data
  if (data instanceof Map) return Dict.of([...data].map(([key, value]) => [fromPlain(key), fromPlain(value)] as const))
  if (data instanceof Set) return new Set([...data].map(fromPlain))
  return Dict.of(Object.entries(data as object).map(([key, value]) => [key, fromPlain(value)] as const))
}

/** Python values as plain JavaScript data, for JSON and for modules; keys become texts. */
export function toPlain(value: Value): unknown {
  if (value instanceof Dict)
    return Object.fromEntries([...value].map(([key, inner]) => [textOf(key), toPlain(inner)] as const))
  if (Array.isArray(value)) return value.map(toPlain)
  if (value instanceof Tuple) return value.items.map(toPlain)
  if (value instanceof Set) return [...value].map(toPlain)
  if (value instanceof Float) return value.value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'object' && value !== null ? null : value
}
