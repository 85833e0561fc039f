/** The methods of set, and how a set is made of any items. */
import { keyOf } from '../dict.ts'
import { PyError } from '../error.ts'
import { hashable } from '../hashable.ts'
import { iterate } from '../iterate.ts'
import { repr } from '../repr.ts'
import type { Value } from '../value.ts'
import { freeMethod, type Method, type Methods, method } from './define.ts'

/** A set of the items, each equal value once. */
export function setOf(items: Iterable<Value>): Set<Value> {
  const seen = new Map<unknown, Value>()
  for (const item of items) {
    const key = keyOf(hashable(item))
    if (!seen.has(key)) seen.set(key, item)
  }
  return new Set(seen.values())
}

export const setMethods: Methods = new Map<string, Method>([
  method<Set<Value>>('add', { element: undefined }, (self, item) => {
    if (find(self, item) === undefined) self.add(hashable(item))
    return null
  }),
  method<Set<Value>>('clear', {}, self => {
    self.clear()
    return null
  }),
  method<Set<Value>>('copy', {}, self => new Set(self)),
  method<Set<Value>>('discard', { element: undefined }, (self, item) => {
    drop(self, item)
    return null
  }),
  freeMethod<Set<Value>>('difference', (self, others) => {
    const dropped = keys(others.flatMap(other => [...iterate(other)]))
    return new Set([...self].filter(item => !dropped.has(keyOf(item))))
  }),
  freeMethod<Set<Value>>('intersection', (self, others) => {
    const kept = others.map(other => keys(iterate(other)))
    return new Set([...self].filter(item => kept.every(one => one.has(keyOf(item)))))
  }),
  method<Set<Value>>('isdisjoint', { other: undefined }, (self, other) => {
    const others = keys(iterate(other))
    return ![...self].some(item => others.has(keyOf(item)))
  }),
  method<Set<Value>>('issubset', { other: undefined }, (self, other) => {
    const others = keys(iterate(other))
    return [...self].every(item => others.has(keyOf(item)))
  }),
  method<Set<Value>>('issuperset', { other: undefined }, (self, other) => {
    const own = keys(self)
    return [...iterate(other)].every(item => own.has(keyOf(item)))
  }),
  method<Set<Value>>('pop', {}, self => {
    for (const item of self) {
      self.delete(item)
      return item
    }
    throw new PyError('KeyError', "'pop from an empty set'")
  }),
  method<Set<Value>>('remove', { element: undefined }, (self, item) => {
    if (!drop(self, item)) throw new PyError('KeyError', repr(item))
    return null
  }),
  method<Set<Value>>('symmetric_difference', { other: undefined }, (self, other) => {
    const [own, others] = [keys(self), keys(iterate(other))]
    const kept = [...self].filter(item => !others.has(keyOf(item)))
    return setOf([...kept, ...[...iterate(other)].filter(item => !own.has(keyOf(item)))])
  }),
  freeMethod<Set<Value>>('union', (self, others) => setOf([...self, ...others.flatMap(other => [...iterate(other)])])),
  freeMethod<Set<Value>>('update', (self, others) => {
    for (const item of setOf(others.flatMap(other => [...iterate(other)])))
      if (find(self, item) === undefined) self.add(item)
    return null
  }),
])

function keys(items: Iterable<Value>): Set<unknown> {
  return new Set(Array.from(items, item => keyOf(hashable(item))))
}

function find(self: Set<Value>, item: Value): Value | undefined {
  const key = keyOf(item)
  for (const one of self) if (keyOf(one) === key) return one
  return undefined
}

function drop(self: Set<Value>, item: Value): boolean {
  const present = find(self, item)
  return present !== undefined && self.delete(present)
}
