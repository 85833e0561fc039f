/** Merges mappings as pillars are merged: nested mappings grow together, everything else is replaced by the later. */
import { equals } from '../python/compare.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

export interface MergeOptions {
  /** Appends what a list does not have yet instead of replacing it. */
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

export type MergeStrategy = 'recurse' | 'overwrite' | 'list'

/** What Salt calls its strategies: smart and unknown ones recurse, aggregate replaces what is uppermost as overwrite does. */
export function strategyOf(name: string): MergeStrategy {
  if (name === 'list') return 'list'
  return name === 'overwrite' || name === 'aggregate' ? 'overwrite' : 'recurse'
}

export function mergedBy(strategy: MergeStrategy, base: Dict, over: Dict, options: MergeOptions = {}): Dict {
  if (strategy === 'recurse') return merged(base, over, options)
  const result = Dict.of(base)
  for (const [key, value] of over) {
    const old = result.get(key)
    result.set(key, strategy === 'list' && old !== undefined ? [old, value] : value)
  }
  return result
}

/** The items of the first, and those of the second that it lacks. */
export function joined(first: readonly Value[], second: readonly Value[]): Value[] {
  return [...first, ...second.filter(item => !first.some(known => equals(known, item)))]
}

function mergedValue(old: Value | undefined, value: Value, options: MergeOptions): Value {
  if (old instanceof Dict && value instanceof Dict) return merged(old, value, options)
  if (options.lists && Array.isArray(old) && Array.isArray(value)) return joined(old, value)
  return value
}
