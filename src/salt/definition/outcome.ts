/** Short names for the three ways in which a state ends. */
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import type { StateReturn } from './define.ts'

type Changes = Dict | { readonly [key: string]: Value }

/** All was right already, or was made right: `changes` says what became different. */
export function succeeded(comment: Value, changes: Changes = {}): StateReturn {
  return { result: true, changes: dictOf(changes), comment }
}

export function failed(comment: Value, changes: Changes = {}): StateReturn {
  return { result: false, changes: dictOf(changes), comment }
}

/** Under test=True: it would change. */
export function wouldChange(comment: Value, changes: Changes = {}): StateReturn {
  return { result: null, changes: dictOf(changes), comment }
}

function dictOf(changes: Changes): Dict {
  return changes instanceof Dict ? changes : Dict.of(changes)
}
