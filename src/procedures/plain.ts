/** Values of Python as plain data of JavaScript. */
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import type { Value } from '../python/value.ts'

export function plain(value: Value): unknown {
  if (value instanceof Dict) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]))
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Float) return value.value
  return value
}
