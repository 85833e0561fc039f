/** Python's pprint: containers that do not fit into 80 columns are written one item a line, dicts by sorted keys. */

import { Dict } from '../python/dict.ts'
import { sorted } from '../python/methods/list.ts'
import { repr } from '../python/repr.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

const WIDTH = 80

export function prettyText(value: Value): string {
  return write(value, 0, 0)
}

/** `indent` is the column that the value begins at; `after` how much follows it on its last line. */
function write(value: Value, indent: number, after: number): string {
  const flat = repr(arranged(value))
  if (flat.length <= WIDTH - indent - after) return flat
  if (value instanceof Dict) {
    const entries = [...(arranged(value) as Dict)]
    const lines = entries.map(([key, item], at) => {
      const name = `${repr(key)}: `
      return name + write(item, indent + 1 + name.length, at === entries.length - 1 ? after + 1 : 1)
    })
    return `{${lines.join(`,\n${' '.repeat(indent + 1)}`)}}`
  }
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined
  if (!items) return flat
  const lines = items.map((item, at) => write(item, indent + 1, at === items.length - 1 ? after + 1 : 1))
  const inside = lines.join(`,\n${' '.repeat(indent + 1)}`)
  if (Array.isArray(value)) return `[${inside}]`
  return items.length === 1 ? `(${inside},)` : `(${inside})`
}

function arranged(value: Value): Value {
  if (value instanceof Dict)
    return Dict.of(keysInOrder(value).map(key => [key, arranged(value.get(key) ?? null)] as const))
  if (Array.isArray(value)) return value.map(arranged)
  return value instanceof Tuple ? new Tuple(value.items.map(arranged)) : value
}

function keysInOrder(dict: Dict): Value[] {
  const keys = [...dict.keys()]
  const kinds = new Set(keys.map(key => typeof key))
  return kinds.size === 1 ? sorted(keys, key => key, false) : keys
}
