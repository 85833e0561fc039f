/** Values of Python as JSON and back without loss: what JSON cannot say is tagged as `{"$kind": …}`. */
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import { Float } from '../salt/python/float.ts'
import { Tuple } from '../salt/python/tuple.ts'
import type { Value } from '../salt/python/value.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Objects that live only in a process (functions, undefined) are left out of mappings and become null in lists. */
export function toJson(value: Value, inside: readonly Value[] = []): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return { $int: String(value) }
  if (value instanceof Float) return Number.isInteger(value.value) ? { $float: floatText(value.value) } : float(value)
  if (inside.includes(value)) throw new CorpusError('CONFIGURATION_INVALID', 'The configuration contains itself.')
  const path = [...inside, value]
  const list = (items: Iterable<Value>) => [...items].map(item => toJson(item, path) ?? null)
  if (Array.isArray(value)) return list(value)
  if (value instanceof Tuple) return { $tuple: list(value.items) }
  if (value instanceof Set) return { $set: list(value) }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  return value instanceof Dict ? mapping(value, path) : undefined
}

/** The inverse; also takes plain JSON of other hands. */
export function fromJson(json: unknown): Value {
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json : new Float(json)
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json !== 'object') return null
  const entries = Object.entries(json)
  const [key, tagged] = entries.length === 1 ? (entries[0] as [string, unknown]) : ['', null]
  if (key === '$int') return BigInt(String(tagged))
  if (key === '$float') return new Float(Number(tagged))
  if (key === '$bytes') return new Uint8Array(Buffer.from(String(tagged), 'base64'))
  if (Array.isArray(tagged)) {
    if (key === '$tuple') return new Tuple(tagged.map(fromJson))
    if (key === '$set') return new Set(tagged.map(fromJson))
    if (key === '$dict') return Dict.of(tagged.map(pair => [fromJson(pair[0]), fromJson(pair[1])] as const))
  }
  return Dict.of(entries.map(([name, item]) => [name, fromJson(item)] as const))
}

/** Reads JSON text as values: a number with a point is a float, even where it is whole. */
export function fromPlain(text: string): Value {
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
  if (/^-?[\d.eE+-]+$/.test(text)) return new Float(Number(text))
  return fromJson(JSON.parse(text))
}

/** JavaScript sorts keys that look like integers before all others: such a mapping, and one with other keys, goes as pairs. */
function mapping(dict: Dict, path: readonly Value[]): Json {
  const pairs: [Value, Json][] = []
  for (const [key, item] of dict) {
    const json = toJson(item, path)
    if (json !== undefined) pairs.push([key, json])
  }
  const plain = pairs.every(([key]) => typeof key === 'string' && !/^(\d|\$|__proto__$)/.test(key))
  if (plain) return Object.fromEntries(pairs) as { [key: string]: Json }
  return { $dict: pairs.map(([key, json]) => [toJson(key, path) ?? null, json]) }
}

function float(value: Float): Json {
  return Number.isFinite(value.value) ? value.value : { $float: floatText(value.value) }
}

function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
