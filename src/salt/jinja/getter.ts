/** What `attribute='a.b.0'` means to filters, and how they leave case aside. */
import { PyError } from '../python/error.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'
import { asText } from './as-text.ts'
import { item } from './resolve.ts'
import type { Scope } from './scope.ts'
import { isUndefined } from './undefined.ts'

export type Getter = (value: Value) => Value

/** Reads a dotted attribute of a value; numbers are indices. With null, the value itself. */
export function getter(scope: Scope, attribute: Value, otherwise: Value = null): Getter {
  if (attribute === null) return value => value
  const parts = partsOf(attribute)
  return value => {
    let found = value
    for (const part of parts) {
      found = item(scope, found, part)
      if (otherwise !== null && isUndefined(found)) found = otherwise
    }
    return found
  }
}

/** Sorting keys: several attributes with commas; texts without their case, unless it counts. */
export function sortGetter(scope: Scope, attribute: Value, caseSensitive: boolean): Getter {
  const fold = caseSensitive ? (value: Value) => value : ignoreCase
  if (typeof attribute !== 'string' || !attribute.includes(',')) {
    const get = getter(scope, attribute)
    return value => fold(get(value))
  }
  const getters = attribute.split(',').map(part => getter(scope, part))
  return value => new Tuple(getters.map(get => fold(get(value))))
}

export function ignoreCase(value: Value): Value {
  const text = asText(value)
  return text === undefined ? value : text.toLowerCase()
}

export function argumentError(message: string): PyError {
  return new PyError('jinja2.exceptions.FilterArgumentError', message)
}

function partsOf(attribute: Value): Value[] {
  if (typeof attribute !== 'string') return [attribute]
  return attribute.split('.').map(part => (/^\d+$/.test(part) ? Number(part) : part))
}
