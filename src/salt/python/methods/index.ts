/** Which methods each kind of value has. */
import { Dict } from '../dict.ts'
import { Float } from '../float.ts'
import { Tuple } from '../tuple.ts'
import type { Value } from '../value.ts'
import { bytesMethods } from './bytes.ts'
import type { Methods } from './define.ts'
import { dictMethods } from './dict.ts'
import { listMethods, tupleMethods } from './list.ts'
import { floatMethods, intMethods } from './number.ts'
import { setMethods } from './set.ts'
import { strMethods } from './str.ts'

export function methodsOf(value: Value): Methods | undefined {
  if (typeof value === 'string') return strMethods
  if (value instanceof Dict) return dictMethods
  if (Array.isArray(value)) return listMethods
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return intMethods
  if (value instanceof Tuple) return tupleMethods
  if (value instanceof Float) return floatMethods
  if (value instanceof Set) return setMethods
  return value instanceof Uint8Array ? bytesMethods : undefined
}
