/** Salt's filters over lists and mappings: sets of them, differences, combinations, averages. */

import { callValue } from '../../python/call.ts'
import { compare, contains, equals } from '../../python/compare.ts'
import { Dict } from '../../python/dict.ts'
import { PyError, TooMuch, valueError } from '../../python/error.ts'
import { Float } from '../../python/float.ts'
import { asIndex, asNumber } from '../../python/integer.ts'
import { itemsOf, listOf } from '../../python/iterate.ts'
import { unhashable } from '../../python/kind.ts'
import { setOf } from '../../python/methods/set.ts'
import { truth } from '../../python/truth.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { defineFilter, defineFreeFilter } from '../define.ts'
import { sequenceFilters } from '../filters/sequence.ts'
import { Generator } from '../generator.ts'
import { isUndefined } from '../undefined.ts'

const jinjaUnique = sequenceFilters.find(one => one.name === 'unique')

export const collectionFilters = [
  defineFreeFilter({
    name: 'unique',
    does: 'Each item once, in order; with case_sensitive or attribute as in Jinja.',
    run: (value, args, keywords, scope) => {
      const asJinja = args.length > 0 || keywords.size > 0
      return asJinja && jinjaUnique ? jinjaUnique.filter(value, args, keywords, scope) : unique(value)
    },
  }),
  ...(['max', 'min'] as const).map(name =>
    defineFreeFilter({
      name,
      does: `The ${name === 'max' ? 'greatest' : 'least'} item, capitals before small letters; with case_sensitive or attribute as in Jinja.`,
      run: (value, args, keywords, scope) => {
        const jinja = sequenceFilters.find(one => one.name === name)
        if (jinja && args.length + keywords.size > 0) return jinja.filter(value, args, keywords, scope)
        return extreme(name, listOf(value))
      },
    }),
  ),
  setFilter('union', 'The items of both, each once.', (one, two) => unique([...one, ...two])),
  setFilter('intersect', 'The items that are in both.', (one, two) => one.filter(item => contains(two, item))),
  setFilter('difference', 'The items that are not in the other.', (one, two) =>
    one.filter(item => !contains(two, item)),
  ),
  setFilter('symmetric_difference', 'The items that are in one of the two only.', (one, two) =>
    [...one, ...two].filter(item => !(contains(one, item) && contains(two, item))),
  ),
  defineFilter({
    name: 'flatten',
    does: 'Lists inside of lists as one list, down to a level; None is left out unless preserve_nulls.',
    takes: { levels: null, preserve_nulls: false },
    run: (value, _, levels, nulls) =>
      flattened(value, levels === null ? Number.POSITIVE_INFINITY : asIndex(levels), truth(nulls)),
  }),
  defineFilter({ name: 'avg', does: 'The mean of the numbers.', run: value => average(value) }),
  defineFilter({
    name: 'is_sorted',
    does: 'Whether the items are in order.',
    takes: { key: null, reverse: false },
    run: (value, _, key, reverse) =>
      inOrder(
        listOf(value).map(item => (key === null ? item : callValue(key, [item]))),
        truth(reverse),
      ),
  }),
  defineFilter({
    name: 'compare_lists',
    does: 'What is new and what is old in a second list.',
    takes: { new: undefined },
    run: (value, _, other) => compareLists(listOf(value), listOf(other)),
  }),
  defineFilter({
    name: 'compare_dicts',
    does: 'For each key that differs, the old and the new value.',
    takes: { new: undefined },
    run: (value, _, other) => compareDicts(asDict(value), asDict(other)),
  }),
  defineFilter({
    name: 'sequence',
    does: 'A list with the value in it, unless it is a list, tuple, set or mapping already.',
    run: value =>
      Array.isArray(value) || value instanceof Tuple || value instanceof Set || value instanceof Dict ? value : [value],
  }),
  defineFilter({
    name: 'sorted_ignorecase',
    does: 'Texts sorted without regard to case.',
    run: value =>
      listOf(value).sort((one, two) => compare((asText(one) ?? '').toLowerCase(), (asText(two) ?? '').toLowerCase())),
  }),
  defineFilter({
    name: 'combinations',
    does: 'Every choice of so many items, in order.',
    takes: { r: undefined },
    run: (value, _, count) =>
      tuples(
        'combinations',
        choices(listOf(value), asIndex(count), at => at + 1),
      ),
  }),
  defineFilter({
    name: 'combinations_with_replacement',
    does: 'Every choice of so many items, each as often as wanted.',
    takes: { r: undefined },
    run: (value, _, count) =>
      tuples(
        'combinations_with_replacement',
        choices(listOf(value), asIndex(count), at => at),
      ),
  }),
  defineFilter({
    name: 'permutations',
    does: 'Every arrangement of so many items.',
    takes: { r: null },
    run: (value, _, count) => {
      const items = listOf(value)
      return tuples('permutations', arrangements(items, count === null ? items.length : asIndex(count)))
    },
  }),
  defineFreeFilter({
    name: 'product',
    does: 'Every way to take one item of each list.',
    run: (value, args, keywords) => {
      const lists = [value, ...args].map(listOf)
      return tuples(
        'product',
        product(Array.from({ length: asIndex(keywords.get('repeat') ?? 1) }, () => lists).flat()),
      )
    },
  }),
  defineFilter({
    name: 'compress',
    does: 'The items whose selector is true.',
    takes: { selectors: undefined },
    run: (value, _, selectors) => {
      const chosen = listOf(selectors)
      return new Generator(
        listOf(value).filter((_item, at) => truth(chosen[at] ?? false)),
        { pyType: 'itertools.compress' },
      )
    },
  }),
  defineFreeFilter({
    name: 'zip',
    does: 'Tuples of the first items, the second, and so on, to the end of the shortest list.',
    run: (value, args) => zipped([value, ...args].map(listOf), null),
  }),
  defineFreeFilter({
    name: 'zip_longest',
    does: 'Tuples of the first items, the second, and so on, to the end of the longest list, with fillvalue for what lacks.',
    run: (value, args, keywords) => zipped([value, ...args].map(listOf), { fill: keywords.get('fillvalue') ?? null }),
  }),
]

function setFilter(name: string, does: string, combine: (one: Value[], two: Value[]) => Value[]) {
  return defineFilter({
    name,
    does,
    takes: { lst2: undefined },
    run: (value, _, other) => {
      const items = uniqueList(combine(listOf(value), listOf(other)))
      return hashable(value) && hashable(other) ? setOf(items) : items
    },
  })
}

/** As in Salt: of a list a list, of what is hashable (a tuple, a text) a set. */
function unique(value: Value): Value[] {
  if (isUndefined(value)) value.fail()
  const items = uniqueList(listOf(value))
  return (hashable(value) ? setOf(items) : items) as Value[]
}

function uniqueList(items: readonly Value[]): Value[] {
  const kept: Value[] = []
  for (const item of items) if (!contains(kept, item)) kept.push(item)
  return kept
}

function hashable(value: Value): boolean {
  return unhashable(value) === undefined
}

const NULLS: readonly Value[] = [null, 'None', 'null']

function flattened(value: Value, levels: number, keepNulls: boolean, depth = 0): Value[] {
  if (depth > 500) throw new PyError('RecursionError', 'maximum recursion depth exceeded')
  return listOf(value).flatMap((item): Value[] => {
    if (!keepNulls && NULLS.includes(item)) return []
    const inner = asText(item) === undefined && itemsOf(item) !== undefined
    return inner && levels >= 1 ? flattened(item, levels - 1, keepNulls, depth + 1) : [item]
  })
}

function average(value: Value): Value {
  if (hashable(value) && asNumber(value) !== undefined) return new Float(asNumber(value) ?? 0)
  const items = listOf(value).map(item => asNumber(item) ?? Number.NaN)
  if (items.length === 0) throw new PyError('ZeroDivisionError', 'division by zero')
  return new Float(items.reduce((sum, item) => sum + item, 0) / items.length)
}

function inOrder(items: readonly Value[], reverse: boolean): boolean {
  return items.every((item, at) => {
    const before = items[at - 1]
    if (at === 0 || before === undefined) return true
    return reverse ? compare(before, item) >= 0 : compare(before, item) <= 0
  })
}

function compareLists(before: Value[], after: Value[]): Dict {
  const differences = new Dict()
  const added = after.filter(item => !contains(before, item))
  const gone = before.filter(item => !contains(after, item))
  if (added.length) differences.set('new', added)
  if (gone.length) differences.set('old', gone)
  return differences
}

function compareDicts(before: Dict, after: Dict): Dict {
  const differences = new Dict()
  for (const key of setOf([...after.keys(), ...before.keys()])) {
    const [one, two] = [before.get(key), after.get(key)]
    if (one !== undefined && two !== undefined && equals(one, two)) continue
    differences.set(key, Dict.of({ old: one === undefined ? '' : one, new: two === undefined ? '' : two }))
  }
  return differences
}

function asDict(value: Value): Dict {
  if (value instanceof Dict) return value
  if (isUndefined(value)) value.fail()
  throw new PyError('TypeError', 'a mapping is needed')
}

const MOST = 100_000

function extreme(name: 'max' | 'min', items: readonly Value[]): Value {
  const [first, ...others] = items
  if (first === undefined) throw valueError(`${name}() arg is an empty sequence`)
  let best: Value = first
  for (const item of others) if (name === 'max' ? compare(item, best, '>') > 0 : compare(item, best) < 0) best = item
  return best
}

function tuples(kind: string, lists: Iterable<Value[]>): Generator {
  return new Generator(bounded(lists), { pyType: `itertools.${kind}` })
}
function* bounded(lists: Iterable<Value[]>): Iterable<Value> {
  let count = 0
  for (const list of lists) {
    if (++count > MOST) throw new TooMuch('this list of combinations')
    yield new Tuple(list)
  }
}

function* choices(items: readonly Value[], count: number, next: (at: number) => number, from = 0): Iterable<Value[]> {
  if (count === 0) yield []
  else
    for (let at = from; at < items.length; at++)
      for (const rest of choices(items, count - 1, next, next(at))) yield [items[at] ?? null, ...rest]
}

function* arrangements(items: readonly Value[], count: number): Iterable<Value[]> {
  if (count > items.length) return
  if (count === 0) yield []
  else
    for (const [at, item] of items.entries())
      for (const rest of arrangements(items.toSpliced(at, 1), count - 1)) yield [item, ...rest]
}

function* product(lists: readonly Value[][]): Iterable<Value[]> {
  const [first, ...others] = lists
  if (!first) yield []
  else for (const item of first) for (const rest of product(others)) yield [item, ...rest]
}

function zipped(lists: readonly Value[][], longest: { fill: Value } | null): Generator {
  const lengths = lists.map(list => list.length)
  const length = longest ? Math.max(...lengths) : Math.min(...lengths)
  const rows = Array.from({ length }, (_, at) => new Tuple(lists.map(list => list[at] ?? longest?.fill ?? null)))
  return new Generator(rows, { pyType: longest ? 'itertools.zip_longest' : 'zip' })
}
