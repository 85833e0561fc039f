/** The methods of int and float. */
import type { Float } from '../float.ts'
import { integerOf } from '../integer.ts'
import { Tuple } from '../tuple.ts'
import type { Value } from '../value.ts'
import { type Method, type Methods, method } from './define.ts'

export const intMethods: Methods = new Map<string, Method>([
  method<number | bigint | boolean>('bit_length', {}, self => {
    const size = BigInt(self)
    return size === 0n ? 0 : (size < 0n ? -size : size).toString(2).length
  }),
  method<number | bigint | boolean>('conjugate', {}, self => (typeof self === 'boolean' ? Number(self) : self)),
  method<Value>('is_integer', {}, () => true),
])

export const floatMethods: Methods = new Map<string, Method>([
  method<Float>('conjugate', {}, self => self),
  method<Float>('is_integer', {}, self => Number.isInteger(self.value)),
  method<Float>('as_integer_ratio', {}, self => {
    let [top, below] = [self.value, 1n]
    while (!Number.isInteger(top)) {
      top *= 2
      below *= 2n
    }
    return new Tuple([integerOf(top), integerOf(Number(below))])
  }),
])
