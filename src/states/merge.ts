/** Merges mappings as pillars are merged: nested mappings grow together, everything else is replaced by the later. */
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

export interface MergeOptions {
  /** Appends lists instead of replacing them. */
  readonly lists?: boolean
}

/** A new mapping; nested mappings that both have are new too. */
export function merged(base: Dict, over: Dict, options: MergeOptions = {}): Dict {
  const result = Dict.of(base)
  for (const [key, value] of over) result.set(key, mergedValue(result.get(key), value, options))
  return result
}

/** Lays `over` into `base` itself, keeping `base` and its nested mappings the same objects. */
export function mergeInto(base: Dict, over: Dict, options: MergeOptions = {}): Dict {
  for (const [key, value] of over) {
    const old = base.get(key)
    if (old instanceof Dict && value instanceof Dict) mergeInto(old, value, options)
    else base.set(key, mergedValue(old, value, options))
  }
  return base
}

function mergedValue(old: Value | undefined, value: Value, options: MergeOptions): Value {
  if (old instanceof Dict && value instanceof Dict) return merged(old, value, options)
  if (options.lists && Array.isArray(old) && Array.isArray(value)) return [...old, ...value]
  return value
}
