/** Python's attributes: the methods of str, list, dict and the other kinds, and what objects of ours have. */

import { NO_KEYWORDS } from './call.ts'
import { asForeign, typeName } from './kind.ts'
import { methodsOf } from './methods/index.ts'
import { Tuple } from './tuple.ts'
import type { Keywords, Value } from './value.ts'

/** The attribute, or undefined where there is none of that name. */
export function attributeOf(value: Value, name: string): Value | undefined {
  const foreign = asForeign(value)
  if (foreign) return foreign.pyGet?.(name)
  if (value instanceof Tuple && value.names.includes(name)) return value.items[value.names.indexOf(name)]
  const method = methodsOf(value)?.get(name)
  if (!method) return undefined
  return {
    pyType: 'builtin_function_or_method',
    pyCall: (args: readonly Value[], keywords: Keywords) => method(value, args, keywords),
    pyText: () => `<built-in method ${name} of ${typeName(value)} object at 0x7f0000000000>`,
  }
}

/** Calls a method by name, without making a bound one first; undefined where there is no such method. */
export function callMethod(
  value: Value,
  name: string,
  args: readonly Value[],
  keywords: Keywords = NO_KEYWORDS,
): Value | undefined {
  return methodsOf(value)?.get(name)?.(value, args, keywords)
}
