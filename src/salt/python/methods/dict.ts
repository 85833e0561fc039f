/** The methods of dict, and the views that keys(), values() and items() give. */
import { contains, equals } from '../compare.ts'
import { Dict } from '../dict.ts'
import { PyError, typeError, valueError } from '../error.ts'
import { hashable } from '../hashable.ts'
import { iterate, listOf } from '../iterate.ts'
import { repr } from '../repr.ts'
import { Tuple } from '../tuple.ts'
import type { Foreign, Value } from '../value.ts'
import { freeMethod, type Method, type Methods, method } from './define.ts'

export const dictMethods: Methods = new Map<string, Method>([
  method<Dict>('clear', {}, self => {
    self.clear()
    return null
  }),
  method<Dict>('copy', {}, self => copyOf(self)),
  method<Dict>('fromkeys', { iterable: undefined, value: null }, (_, keys, value) =>
    Dict.of(Array.from(iterate(keys), key => [key, value] as const)),
  ),
  method<Dict>('get', { key: undefined, default: null }, (self, key, otherwise) =>
    otherwiseIfAbsent(self.get(hashable(key)), otherwise),
  ),
  method<Dict>('has_key', { key: undefined }, (self, key) => self.has(key)),
  method<Dict>('items', {}, self => view('dict_items', self, () => Array.from(self, pair => new Tuple([...pair])))),
  method<Dict>('iteritems', {}, self => view('dict_items', self, () => Array.from(self, pair => new Tuple([...pair])))),
  method<Dict>('keys', {}, self =>
    view(
      'dict_keys',
      self,
      () => [...self.keys()],
      key => self.has(key),
    ),
  ),
  freeMethod<Dict>('pop', (self, args) => pop(self, args)),
  method<Dict>('popitem', {}, self => popItem(self)),
  method<Dict>('setdefault', { key: undefined, default: null }, (self, key, value) => {
    const present = self.get(hashable(key))
    if (present === undefined) self.set(key, value)
    return otherwiseIfAbsent(present, value)
  }),
  freeMethod<Dict>('update', (self, args, keywords) => {
    if (args.length > 1) throw typeError(`update expected at most 1 argument, got ${args.length}`)
    if (args[0] !== undefined) for (const [key, value] of pairsOf(args[0])) self.set(key, value)
    for (const [key, value] of keywords) self.set(key, value)
    return null
  }),
  method<Dict>('values', {}, self => view('dict_values', self, () => [...self.values()])),
])

/** None is a value like any other: only what is absent is replaced. */
function otherwiseIfAbsent(value: Value | undefined, otherwise: Value): Value {
  return value === undefined ? otherwise : value
}

function copyOf(dict: Dict): Dict {
  const copy = new Dict(dict.className)
  for (const [key, value] of dict) copy.set(key, value)
  return copy
}

/** The pairs that dict() and update() take: of a mapping, or from an iterable of pairs. */
export function pairsOf(source: Value): [Value, Value][] {
  if (source instanceof Dict) return Array.from(source, ([key, value]) => [key, value])
  if (typeof source === 'object' && source !== null && 'pyGet' in source && source.pyItem && source.pyGet?.('keys'))
    return Array.from(iterate(source), key => [key, source.pyItem?.(key) ?? null])
  return listOf(source).map((pair, at) => {
    const items = typeof pair === 'number' || pair === null ? undefined : listOf(pair)
    if (!items) throw typeError(`cannot convert dictionary update sequence element #${at} to a sequence`)
    const [key, value, more] = items
    if (key === undefined || value === undefined || more !== undefined)
      throw valueError(`dictionary update sequence element #${at} has length ${items.length}; 2 is required`)
    return [hashable(key), value]
  })
}

/** A live view: it shows what the dict holds when it is looked at. */
function view(pyType: string, dict: Dict, items: () => Value[], has?: (item: Value) => boolean): Foreign {
  const members = () => new Set(items())
  return {
    pyType,
    pyIterate: items,
    pyLength: () => dict.size,
    pyContains: item => (has ? has(item) : contains(items(), item)),
    pyEquals: other => {
      const others = typeof other === 'object' && other !== null && 'pyType' in other ? other.pyIterate?.() : other
      return others instanceof Set || Array.isArray(others) ? equals(members(), new Set(others)) : false
    },
    pyOperate: (operator, other, reversed) => {
      if (operator !== '-' || reversed) return undefined
      const dropped = listOf(other)
      return new Set(items().filter(item => !contains(dropped, item)))
    },
    pyText: () => `${pyType}(${repr(items())})`,
  }
}

function pop(self: Dict, args: readonly Value[]): Value {
  const [key, otherwise] = args
  if (key === undefined) throw typeError('pop expected at least 1 argument, got 0')
  const value = self.get(hashable(key))
  if (value === undefined && otherwise === undefined) throw new PyError('KeyError', repr(key))
  self.delete(key)
  return otherwiseIfAbsent(value, otherwise ?? null)
}

function popItem(self: Dict): Tuple {
  const last = [...self].at(-1)
  if (!last) throw new PyError('KeyError', "'popitem(): dictionary is empty'")
  self.delete(last[0])
  return new Tuple([...last])
}
