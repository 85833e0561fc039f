/** Values of Python as plain data of JavaScript. */
import { Dict } from './dict.ts'
import { Float } from './float.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export function plain(value: Value): unknown {
  if (value instanceof Dict) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]))
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Tuple) return value.items.map(plain)
  if (value instanceof Set) return [...value].map(plain)
  if (value instanceof Float) return value.value
  // JSON has no whole numbers of this size.
  if (typeof value === 'bigint') return String(value)
  return value
}
