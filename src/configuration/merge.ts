/** Lays one mapping over another: mappings merge, all else replaces; `KEY-append` adds to a list, `KEY-overrides` replaces whole. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import { Tuple } from '../salt/python/tuple.ts'
import type { Value } from '../salt/python/value.ts'

const append = '-append'
const overrides = '-overrides'

/** A new mapping; neither input is changed, nor shared with the result. */
export function merged(lower: Dict, upper: Dict): Dict {
  return laidOver(copied(lower) as Dict, copied(upper) as Dict, [])
}

/** A deep copy of mappings, lists, tuples and sets; what cannot change is shared. */
export function copied(value: Value, inside: readonly Value[] = []): Value {
  if (typeof value !== 'object' || value === null) return value
  if (inside.includes(value)) throw new CorpusError('CONFIGURATION_INVALID', 'The configuration contains itself.')
  const path = [...inside, value]
  if (Array.isArray(value)) return value.map(item => copied(item, path))
  if (value instanceof Dict) {
    const result = new Dict()
    for (const [key, item] of value) result.set(key, copied(item, path))
    return result
  }
  if (value instanceof Tuple) return new Tuple(value.items.map(item => copied(item, path)))
  if (value instanceof Set) return new Set(value)
  return value
}

/** Changes `target`, which is ours. Plain keys come first, so that a layer may give KEY and KEY-append together. */
function laidOver(target: Dict, upper: Dict, path: readonly string[]): Dict {
  const marked: [string, Value][] = []
  for (const [key, value] of upper) {
    if (markOf(key) !== undefined) marked.push([key as string, value])
    else target.set(key, over(target.get(key), value, [...path, String(key)]))
  }
  for (const [key, value] of marked) {
    const mark = markOf(key) as string
    const bare = key.slice(0, -mark.length)
    if (mark === overrides) target.set(bare, withoutMarks(value, [...path, bare]))
    else target.set(bare, appended(target.get(bare), value, [...path, bare]))
  }
  return target
}

function over(below: Value | undefined, value: Value, path: readonly string[]): Value {
  if (value instanceof Dict && below instanceof Dict) return laidOver(below, value, path)
  return withoutMarks(value, path)
}

/** A mapping that stands alone still has its own marks carried out: `a-append` without an `a` makes the list `a`. */
function withoutMarks(value: Value, path: readonly string[]): Value {
  return value instanceof Dict ? laidOver(new Dict(), value, path) : value
}

function appended(below: Value | undefined, value: Value, path: readonly string[]): Value {
  const items = Array.isArray(value) ? value : [value]
  if (below === undefined || below === null) return items
  if (Array.isArray(below)) return [...below, ...items]
  const key = path.join('.')
  throw new CorpusError('CONFIGURATION_INVALID', `${shown(`${key}${append}`)} adds to a list, but ${key} is not one.`)
}

function markOf(key: Value): string | undefined {
  if (typeof key !== 'string') return undefined
  return [append, overrides].find(mark => key.endsWith(mark) && key.length > mark.length)
}
