/** The check that Python makes before a value becomes a key. */
import { typeError } from './error.ts'
import { unhashable } from './kind.ts'
import type { Value } from './value.ts'

/** The value, or Python's refusal of lists, dicts and sets. */
export function hashable(value: Value): Value {
  const name = unhashable(value)
  if (name) throw typeError(`unhashable type: '${name}'`)
  return value
}
