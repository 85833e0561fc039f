/** Tells kinds of values apart, and names them as Python's type() does. */
import { Dict } from './dict.ts'
import { Float } from './float.ts'
import { Tuple } from './tuple.ts'
import type { Foreign, Value } from './value.ts'

/** The name alone: "str", "Undefined". */
export function typeName(value: Value): string {
  const name = fullTypeName(value)
  return name.slice(name.lastIndexOf('.') + 1)
}

/** The name with its module, where it is not one of Python's own kinds. */
export function fullTypeName(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'str'
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return 'int'
  }
  if (value === null) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Dict) return value.className
  if (value instanceof Float) return 'float'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Set) return 'set'
  if (value instanceof Uint8Array) return 'bytes'
  return value.pyType
}

/** The value itself where it is one of ours rather than one of Python's own kinds. */
export function asForeign(value: Value): Foreign | undefined {
  return typeof value === 'object' && value !== null && 'pyType' in value ? value : undefined
}

export function isInteger(value: Value): value is number | bigint | boolean {
  const type = typeof value
  return type === 'number' || type === 'bigint' || type === 'boolean'
}

export function isNumber(value: Value): value is number | bigint | boolean | Float {
  return isInteger(value) || value instanceof Float
}

/** Keys of dicts and members of sets must be hashable: no lists, dicts and sets, also not inside tuples. */
export function unhashable(value: Value): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Tuple) {
    for (const item of value.items) {
      const name = unhashable(item)
      if (name) return name
    }
    return undefined
  }
  return Array.isArray(value) || value instanceof Dict || value instanceof Set ? typeName(value) : undefined
}
