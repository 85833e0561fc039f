/** Salt's show_full_context(): every name that a template sees, with simple values. */
import { callable } from '../../python/call.ts'
import { Dict } from '../../python/dict.ts'
import { Float } from '../../python/float.ts'
import { repr } from '../../python/repr.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Foreign, Value } from '../../python/value.ts'

/** `names` gives them at the time of the call. */
export function showFullContext(names: () => Iterable<readonly [string, Value]>): Foreign {
  return callable('show_full_context', () => simple(Dict.of(names())))
}

/** What is neither text, number, list nor mapping becomes the text that Python prints for it. */
function simple(value: Value): Value {
  if (value === null || typeof value !== 'object' || value instanceof Float) return value
  if (Array.isArray(value)) return value.map(simple)
  if (value instanceof Tuple) return value.items.map(simple)
  if (!(value instanceof Dict)) return repr(value)
  return Dict.of(Array.from(value, ([key, item]) => [typeof key === 'object' ? repr(key) : key, simple(item)] as const))
}
