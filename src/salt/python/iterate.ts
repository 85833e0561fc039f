/** Python's iteration and len() over every kind of value. */
import { Dict } from './dict.ts'
import { typeError } from './error.ts'
import { typeName } from './kind.ts'
import { characters, textLength } from './text.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

/** The items of a value, or undefined where it cannot be iterated. */
export function itemsOf(value: Value): Iterable<Value> | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return characters(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Dict) return value.keys()
  if (value instanceof Tuple) return value.items
  if (value instanceof Set || value instanceof Uint8Array) return value
  return 'pyIterate' in value ? value.pyIterate?.() : undefined
}

export function iterate(value: Value): Iterable<Value> {
  const items = itemsOf(value)
  if (items === undefined) throw typeError(`'${typeName(value)}' object is not iterable`)
  return items
}

/** The items as an array of its own. */
export function listOf(value: Value): Value[] {
  return Array.from(iterate(value))
}

/** The length, or undefined where the kind has none. */
export function lengthIfAny(value: Value): number | undefined {
  if (typeof value === 'string') return textLength(value)
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value instanceof Dict || value instanceof Set) return value.size
  if (value instanceof Tuple) return value.items.length
  if (typeof value === 'object' && value !== null && 'pyLength' in value) return value.pyLength?.()
  return undefined
}

export function lengthOf(value: Value): number {
  const length = lengthIfAny(value)
  if (length === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`)
  return length
}
