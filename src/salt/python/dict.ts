/** Python's dict: insertion order, and 1, 1.0 and True are the same key. */
import { Float } from './float.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export class Dict {
  readonly #entries = new Map<unknown, [Value, Value]>()
  /** The class as Python prints it: "dict", "OrderedDict", or the full name of a wrapper. */
  readonly className: string

  constructor(className = 'dict') {
    this.className = className
  }

  /** From a plain object or pairs; nested plain objects are *not* converted (see `fromJson`). */
  static of(pairs: Iterable<readonly [Value, Value]> | { readonly [key: string]: Value }): Dict {
    const dict = new Dict()
    const entries = Symbol.iterator in pairs ? (pairs as Iterable<readonly [Value, Value]>) : Object.entries(pairs)
    for (const [key, value] of entries) dict.set(key, value)
    return dict
  }
  get size(): number {
    return this.#entries.size
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }
  has(key: Value): boolean {
    return this.#entries.has(keyOf(key))
  }
  /** Keeps the place and the key of an entry that is there, as Python does. */
  set(key: Value, value: Value): this {
    const id = keyOf(key)
    const entry = this.#entries.get(id)
    if (entry) entry[1] = value
    else this.#entries.set(id, [key, value])
    return this
  }
  delete(key: Value): boolean {
    return this.#entries.delete(keyOf(key))
  }
  clear(): void {
    this.#entries.clear()
  }
  *keys(): IterableIterator<Value> {
    for (const [key] of this.#entries.values()) yield key
  }
  *values(): IterableIterator<Value> {
    for (const entry of this.#entries.values()) yield entry[1]
  }
  entries(): IterableIterator<[Value, Value]> {
    return this.#entries.values()
  }
  [Symbol.iterator](): IterableIterator<[Value, Value]> {
    return this.#entries.values()
  }
}

/** Two values have the same key when Python finds them equal and hashable. */
export function keyOf(key: Value): unknown {
  if (typeof key === 'string' || typeof key === 'number') return key
  if (key === true) return 1
  if (key === false) return 0
  if (key instanceof Float) return Number.isInteger(key.value) ? key.value : `\0float ${key.value}`
  if (key instanceof Tuple) return `\0tuple ${JSON.stringify(key.items.map(partOfKey))}`
  return key
}

function partOfKey(item: Value): unknown {
  const key = keyOf(item)
  return typeof key === 'bigint' ? { big: String(key) } : key
}
