/** Python's int: a JavaScript number while it is exact, a bigint beyond. */

import { typeError } from './error.ts'
import { Float } from './float.ts'
import { asForeign, typeName } from './kind.ts'
import type { Value } from './value.ts'

/** An integer in its one representation. */
export function integer(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** A whole float as an integer. */
export function integerOf(value: number): number | bigint {
  return Number.isSafeInteger(value) ? value + 0 : integer(BigInt(value))
}

/** An integer argument; booleans count, floats do not. */
export function asIndex(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER
  asForeign(value)?.pyTruth?.()
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`)
}

/** Any number as a JavaScript number; undefined where it is none. */
export function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Float ? value.value : undefined
}
