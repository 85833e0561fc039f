/** What the engine takes and gives, as JSON between two processes: Python's values, maps and times survive; functions do not. */
import { fromJson, toJson } from '../configuration/json.ts'
import { Dict } from '../salt/python/dict.ts'
import { Float } from '../salt/python/float.ts'
import { Tuple } from '../salt/python/tuple.ts'
import type { Value } from '../salt/python/value.ts'

export function pack(thing: unknown): unknown {
  if (thing === null || typeof thing !== 'object') return typeof thing === 'bigint' ? valued(thing) : thing
  if (thing instanceof Date) return { $date: thing.getTime() }
  if (thing instanceof Map) return { $map: [...thing].map(([key, value]) => [key, pack(value)]) }
  if (thing instanceof Dict || thing instanceof Float || thing instanceof Tuple) return valued(thing)
  if (thing instanceof Set || thing instanceof Uint8Array) return valued(thing as Value)
  if (Array.isArray(thing)) return thing.map(item => (typeof item === 'function' ? null : pack(item)))
  return Object.fromEntries(
    Object.entries(thing).flatMap(([key, value]) =>
      typeof value === 'function' || value === undefined ? [] : [[key, pack(value)]],
    ),
  )
}

export function unpack(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(unpack)
  const entries = Object.entries(json)
  const [tag, inside] = entries.length === 1 ? (entries[0] as [string, unknown]) : ['', null]
  if (tag === '$value') return fromJson(inside)
  if (tag === '$date') return new Date(Number(inside))
  if (tag === '$map' && Array.isArray(inside))
    return new Map(inside.map(pair => (Array.isArray(pair) ? [String(pair[0]), unpack(pair[1])] : ['', null])))
  return Object.fromEntries(entries.map(([key, value]) => [key, unpack(value)]))
}

const valued = (value: Value): unknown => ({ $value: toJson(value) ?? null })
