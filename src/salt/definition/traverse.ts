/** Looks up `a:b:0` inside nested mappings and lists, as pillar.get and its kin do. */
import { Dict } from '../python/dict.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

const defaultDelimiter = ':'

/** Undefined where the path leads nowhere; None is a value like others. */
export function traverse(value: Value, path: string, delimiter = defaultDelimiter): Value | undefined {
  let at: Value | undefined = value
  for (const part of path.split(delimiter)) {
    at = child(at, part)
    if (at === undefined) return undefined
  }
  return at
}

/** What a path leads to, or another value where it leads nowhere. */
export function traverseOr(value: Value, path: string, otherwise: Value, delimiter = defaultDelimiter): Value {
  const found = traverse(value, path, delimiter)
  return found === undefined ? otherwise : found
}

/** What a path leads to, or None where it leads nowhere. */
export function traversed(value: Value, path: string, delimiter = defaultDelimiter): Value {
  return traverse(value, path, delimiter) ?? null
}

function child(value: Value, part: string): Value | undefined {
  const number = /^-?\d+$/.test(part) ? Number(part) : undefined
  if (value instanceof Dict) return value.has(part) || number === undefined ? value.get(part) : value.get(number)
  const items = value instanceof Tuple ? value.items : value
  if (!Array.isArray(items)) return undefined
  if (number !== undefined) return items.at(number)
  for (const item of items) if (item instanceof Dict && item.has(part)) return item.get(part)
  return undefined
}
