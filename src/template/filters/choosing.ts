/** Jinja's map, select and reject: other filters and tests applied to each item. */
import { iterate } from '../../python/iterate.ts'
import { repr, str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import type { Keywords, Value } from '../../python/value.ts'
import { defineFreeFilter } from '../define.ts'
import { runtimeError } from '../errors.ts'
import { Generator } from '../generator.ts'
import { argumentError, type Getter, getter } from '../getter.ts'
import type { Scope } from '../scope.ts'

export const choosingFilters = [
  defineFreeFilter({
    name: 'map',
    does: "Each item through a filter, or one attribute of each: map('lower'), map(attribute='name', default='x').",
    run: (value, args, keywords, scope) => {
      const change =
        args.length === 0 && keywords.has('attribute') ? attributeOf(keywords, scope) : filterOf(args, keywords, scope)
      return new Generator(mapped(value, change))
    },
  }),
  choosing('select', true, false, 'The items that pass a test, or are true where none is named.'),
  choosing('reject', false, false, 'The items that fail a test.'),
  choosing('selectattr', true, true, 'The objects of which one attribute passes a test.'),
  choosing('rejectattr', false, true, 'The objects of which one attribute fails a test.'),
]

function* mapped(value: Value, change: Getter): Iterable<Value> {
  for (const item of iterate(value)) yield change(item)
}

function attributeOf(keywords: Keywords, scope: Scope): Getter {
  for (const name of keywords.keys())
    if (name !== 'attribute' && name !== 'default') throw argumentError(`Unexpected keyword argument ${repr(name)}`)
  return getter(scope, keywords.get('attribute') ?? null, keywords.get('default') ?? null)
}

function filterOf(args: readonly Value[], keywords: Keywords, scope: Scope): Getter {
  const [name, ...rest] = args
  if (name === undefined) throw argumentError('map requires a filter argument')
  const filter = scope.run.environment.filters.get(str(name))
  if (!filter) throw runtimeError(`No filter named ${repr(name)}.`)
  return item => filter(item, rest, keywords, scope)
}

function choosing(name: string, kept: boolean, byAttribute: boolean, does: string) {
  return defineFreeFilter({
    name,
    does,
    run: (value, args, keywords, scope) => {
      const [attribute, ...others] = args
      if (byAttribute && attribute === undefined) throw argumentError('Missing parameter for attribute name')
      const get = byAttribute ? getter(scope, attribute ?? null) : (item: Value) => item
      const passes = testOf(byAttribute ? others : args, keywords, scope)
      return new Generator(chosen(value, item => passes(get(item)) === kept))
    },
  })
}

function* chosen(value: Value, keeps: (item: Value) => boolean): Iterable<Value> {
  for (const item of iterate(value)) if (keeps(item)) yield item
}

function testOf(args: readonly Value[], keywords: Keywords, scope: Scope): (value: Value) => boolean {
  const [name, ...rest] = args
  if (name === undefined) return truth
  const test = scope.run.environment.tests.get(str(name))
  if (!test) throw runtimeError(`No test named ${repr(name)}.`)
  return value => test(value, rest, keywords, scope)
}
