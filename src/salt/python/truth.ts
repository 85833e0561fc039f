/** Python's truth: what bool() and `if` find of a value. */
import { Dict } from './dict.ts'
import { Float } from './float.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export function truth(value: Value): boolean {
  if (typeof value !== 'object') return Boolean(value)
  if (value === null) return false
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Dict || value instanceof Set) return value.size > 0
  if (value instanceof Float) return value.value !== 0
  if (value instanceof Tuple) return value.items.length > 0
  if (value instanceof Uint8Array) return value.length > 0
  if (value.pyTruth) return value.pyTruth()
  return value.pyLength ? value.pyLength() > 0 : true
}
