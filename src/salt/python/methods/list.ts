/** The methods of list and tuple. */

import { callValue } from '../call.ts'
import { compare, equals } from '../compare.ts'
import { PyError, refuseHuge, valueError } from '../error.ts'
import { asIndex } from '../integer.ts'
import { listOf } from '../iterate.ts'
import { repr } from '../repr.ts'
import { indices } from '../slice.ts'
import { truth } from '../truth.ts'
import type { Tuple } from '../tuple.ts'
import type { Value } from '../value.ts'
import { type Method, type Methods, method } from './define.ts'

export const listMethods: Methods = new Map<string, Method>([
  method<Value[]>('append', { object: undefined }, (self, item) => {
    self.push(item)
    return null
  }),
  method<Value[]>('clear', {}, self => {
    self.length = 0
    return null
  }),
  method<Value[]>('copy', {}, self => [...self]),
  method<Value[]>('count', { value: undefined }, (self, item) => count(self, item)),
  method<Value[]>('extend', { iterable: undefined }, (self, items) => {
    const added = listOf(items)
    refuseHuge((self.length + added.length) * 8, 'this list')
    for (const item of added) self.push(item)
    return null
  }),
  method<Value[]>('index', { value: undefined, start: 0, stop: null }, (self, item, start, stop) =>
    indexOf(self, item, start, stop, `${repr(item)} is not in list`),
  ),
  method<Value[]>('insert', { index: undefined, object: undefined }, (self, at, item) => {
    self.splice(asIndex(at), 0, item)
    return null
  }),
  method<Value[]>('pop', { index: -1 }, (self, index) => pop(self, asIndex(index))),
  method<Value[]>('remove', { value: undefined }, (self, item) => {
    self.splice(indexOf(self, item, 0, null, 'list.remove(x): x not in list'), 1)
    return null
  }),
  method<Value[]>('reverse', {}, self => {
    self.reverse()
    return null
  }),
  method<Value[]>('sort', { key: null, reverse: false }, (self, key, reverse) => {
    const ordered = sorted(self, key === null ? item => item : item => callValue(key, [item]), truth(reverse))
    self.splice(0, self.length, ...ordered)
    return null
  }),
])

export const tupleMethods: Methods = new Map<string, Method>([
  method<Tuple>('count', { value: undefined }, (self, item) => count(self.items, item)),
  method<Tuple>('index', { value: undefined, start: 0, stop: null }, (self, item, start, stop) =>
    indexOf(self.items, item, start, stop, 'tuple.index(x): x not in tuple'),
  ),
])

/** Sorted as Python sorts: stable, also when reversed. */
export function sorted(items: Iterable<Value>, key: (item: Value) => Value, reverse: boolean): Value[] {
  const keyed = Array.from(items, item => ({ item, key: key(item) }))
  keyed.sort(reverse ? (one, two) => compare(two.key, one.key) : (one, two) => compare(one.key, two.key))
  return keyed.map(({ item }) => item)
}

function count(items: readonly Value[], item: Value): number {
  return items.filter(one => equals(one, item)).length
}

function indexOf(items: readonly Value[], item: Value, start: Value, stop: Value, complaint: string): number {
  const at = indices(items.length, start, stop, null).find(index => equals(items[index] ?? null, item))
  if (at === undefined) throw valueError(complaint)
  return at
}

function pop(self: Value[], index: number): Value {
  if (self.length === 0) throw new PyError('IndexError', 'pop from empty list')
  const at = index < 0 ? index + self.length : index
  const [item] = at < 0 ? [] : self.splice(at, 1)
  if (item === undefined) throw new PyError('IndexError', 'pop index out of range')
  return item
}
