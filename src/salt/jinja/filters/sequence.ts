/** Jinja's filters over lists and mappings: order, first and last, groups, joins. */
import { operate } from '../../python/arithmetic.ts'
import { compare, equals } from '../../python/compare.ts'
import { Dict, keyOf } from '../../python/dict.ts'
import { PyError, typeError } from '../../python/error.ts'
import { hashable } from '../../python/hashable.ts'
import { asIndex } from '../../python/integer.ts'
import { itemsOf, iterate, lengthIfAny, listOf } from '../../python/iterate.ts'
import { asForeign, typeName } from '../../python/kind.ts'
import { pairsOf } from '../../python/methods/dict.ts'
import { sorted } from '../../python/methods/list.ts'
import { str } from '../../python/repr.ts'
import { characters } from '../../python/text.ts'
import { truth } from '../../python/truth.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { defineFilter } from '../define.ts'
import { Generator } from '../generator.ts'
import { argumentError, getter, ignoreCase, sortGetter } from '../getter.ts'
import { asHtml, Markup } from '../markup.ts'
import type { Scope } from '../scope.ts'
import { isUndefined } from '../undefined.ts'

export const sequenceFilters = [
  defineFilter({ name: 'list', does: 'The items as a list; the characters of a text.', run: value => listOf(value) }),
  defineFilter({
    name: 'first',
    does: 'The first item.',
    run: (value, scope) => {
      for (const item of iterate(value)) return item
      return scope.undefined('No first item, sequence was empty.')
    },
  }),
  defineFilter({
    name: 'last',
    does: 'The last item.',
    run: (value, scope) => {
      reversible(value)
      return present(listOf(value).at(-1), scope, 'No last item, sequence was empty.')
    },
  }),
  defineFilter({
    name: 'random',
    does: 'Any one of the items.',
    run: (value, scope) => {
      const items = listOf(value)
      return present(items[Math.floor(Math.random() * items.length)], scope, 'No random item, sequence was empty.')
    },
  }),
  defineFilter({
    name: 'reverse',
    does: 'The items, or the characters of a text, from the last to the first.',
    run: value => {
      const text = asText(value)
      if (text !== undefined) return [...characters(text)].reverse().join('')
      if (itemsOf(value) === undefined) throw argumentError('argument must be iterable')
      return new Generator(listOf(value).reverse(), { pyType: 'list_reverseiterator' })
    },
  }),
  defineFilter({
    name: 'join',
    does: 'The items as one text, with a text between them; of objects, one attribute.',
    takes: { d: '', attribute: null },
    run: (value, scope, between, attribute) => joined(value, scope, between, attribute),
  }),
  defineFilter({
    name: 'sort',
    does: 'Sorted, by attributes where given; case counts only when asked.',
    takes: { reverse: false, case_sensitive: false, attribute: null },
    run: (value, scope, reverse, caseSensitive, attribute) =>
      sorted(iterate(value), sortGetter(scope, attribute, truth(caseSensitive)), truth(reverse)),
  }),
  defineFilter({
    name: 'dictsort',
    does: 'The pairs of a mapping, sorted by key or by value.',
    takes: { case_sensitive: false, by: 'key', reverse: false },
    run: (value, _, caseSensitive, by, reverse) => {
      if (by !== 'key' && by !== 'value') throw argumentError('You can only sort by either "key" or "value"')
      const fold = truth(caseSensitive) ? (one: Value) => one : ignoreCase
      const place = by === 'key' ? 0 : 1
      const key = (pair: Value) => fold(pair instanceof Tuple ? (pair.items[place] ?? null) : null)
      return sorted(pairs(value), key, truth(reverse))
    },
  }),
  defineFilter({
    name: 'items',
    does: 'The pairs of a mapping; none where it is undefined.',
    run: value => {
      if (isUndefined(value)) return new Generator([], { maker: 'do_items' })
      if (!(value instanceof Dict) && !asForeign(value)?.pyItem)
        throw typeError('Can only get item pairs from a mapping.')
      return new Generator(pairs(value), { maker: 'do_items' })
    },
  }),
  defineFilter({
    name: 'unique',
    does: 'Each item once.',
    takes: { case_sensitive: false, attribute: null },
    run: (value, scope, caseSensitive, attribute) => {
      const seen = new Set<unknown>()
      const key = sortGetter(scope, attribute, truth(caseSensitive))
      return new Generator(
        listOf(value).filter(item => {
          const id = keyOf(hashable(key(item)))
          return seen.has(id) ? false : seen.add(id)
        }),
        { maker: 'do_unique' },
      )
    },
  }),
  ...(['max', 'min'] as const).map(name =>
    defineFilter({
      name,
      does: name === 'max' ? 'The greatest item.' : 'The least item.',
      takes: { case_sensitive: false, attribute: null },
      run: (value, scope, caseSensitive, attribute) => extreme(value, scope, name, truth(caseSensitive), attribute),
    }),
  ),
  defineFilter({
    name: 'sum',
    does: 'All items added up, from a start; of objects, one attribute.',
    takes: { attribute: null, start: 0 },
    run: (value, scope, attribute, start) => {
      const get = getter(scope, attribute)
      let total = start
      for (const item of iterate(value)) total = operate('+', total, get(item))
      return total
    },
  }),
  defineFilter({
    name: 'batch',
    does: 'Lists of so many items each, the last one filled up where a filling is given.',
    takes: { linecount: undefined, fill_with: null },
    run: (value, _, size, fill) => new Generator(batches(listOf(value), asIndex(size), fill), { maker: 'do_batch' }),
  }),
  defineFilter({
    name: 'slice',
    does: 'So many lists of about the same length.',
    takes: { slices: undefined, fill_with: null },
    run: (value, _, count, fill) =>
      new Generator(slices(listOf(value), asIndex(count), fill), { maker: 'sync_do_slice' }),
  }),
  defineFilter({
    name: 'groupby',
    does: 'Groups (grouper, list) of objects that share an attribute.',
    takes: { attribute: undefined, default: null, case_sensitive: false },
    run: (value, scope, attribute, otherwise, caseSensitive) =>
      groups(value, scope, attribute, otherwise, truth(caseSensitive)),
  }),
]

function present(item: Value | undefined, scope: Scope, complaint: string): Value {
  return item === undefined ? scope.undefined(complaint) : item
}

export function pairs(value: Value): Tuple[] {
  if (isUndefined(value)) value.fail()
  if (!(value instanceof Dict) && !asForeign(value)?.pyItem)
    throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute 'items'`)
  return pairsOf(value).map(pair => new Tuple(pair))
}

function reversible(value: Value): void {
  if (lengthIfAny(value) === undefined) throw typeError(`'${typeName(value)}' object is not reversible`)
}

function joined(value: Value, scope: Scope, between: Value, attribute: Value): Value {
  const get = getter(scope, attribute)
  const items = Array.from(iterate(value), get)
  if (!scope.run.autoescape) return items.map(str).join(str(between))
  if (!(between instanceof Markup) && !items.some(item => item instanceof Markup))
    return items.map(str).join(str(between))
  return new Markup(items.map(item => asHtml(item).text).join(asHtml(between).text))
}

function extreme(value: Value, scope: Scope, name: 'max' | 'min', caseSensitive: boolean, attribute: Value): Value {
  const key = sortGetter(scope, attribute, caseSensitive)
  let best: { item: Value; key: Value } | undefined
  for (const item of iterate(value)) {
    const one = { item, key: key(item) }
    if (!best || (name === 'max' ? compare(one.key, best.key, '>') > 0 : compare(one.key, best.key) < 0)) best = one
  }
  return best ? best.item : scope.undefined('No aggregated item, sequence was empty.')
}

function* batches(items: readonly Value[], size: number, fill: Value): Iterable<Value> {
  for (let at = 0; at < items.length; at += Math.max(1, size)) {
    const batch = items.slice(at, at + Math.max(1, size))
    if (fill !== null) while (batch.length < size) batch.push(fill)
    yield batch
  }
}

function* slices(items: readonly Value[], count: number, fill: Value): Iterable<Value> {
  if (count === 0) throw new PyError('ZeroDivisionError', 'integer division or modulo by zero')
  const size = Math.floor(items.length / count)
  const longer = items.length % count
  let at = 0
  for (let slice = 0; slice < count; slice++) {
    const end = at + size + (slice < longer ? 1 : 0)
    const part = items.slice(at, end)
    at = end
    if (fill !== null && slice >= longer) part.push(fill)
    yield part
  }
}

function groups(value: Value, scope: Scope, attribute: Value, otherwise: Value, caseSensitive: boolean): Value {
  const get = getter(scope, attribute, otherwise)
  const key = (item: Value) => (caseSensitive ? get(item) : ignoreCase(get(item)))
  const found: { key: Value; grouper: Value; list: Value[] }[] = []
  for (const item of sorted(iterate(value), key, false)) {
    const group = found.at(-1)
    if (group && equals(group.key, key(item))) group.list.push(item)
    else found.push({ key: key(item), grouper: get(item), list: [item] })
  }
  return found.map(({ grouper, list }) => new Tuple([grouper, list], ['grouper', 'list']))
}
