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
    run: (value, args, keywords, scope) =>
      new Generator(
        mapped(value, () =>
          args.length === 0 && keywords.has('attribute')
            ? attributeOf(keywords, scope)
            : filterOf(args, keywords, scope),
        ),
        { maker: 'sync_do_map' },
      ),
  }),
  choosing('select', true, false, 'The items that pass a test, or are true where none is named.'),
  choosing('reject', false, false, 'The items that fail a test.'),
  choosing('selectattr', true, true, 'The objects of which one attribute passes a test.'),
  choosing('rejectattr', false, true, 'The objects of which one attribute fails a test.'),
]

/** What is to be done is looked up only when there is an item, as in Jinja. */
function* mapped(value: Value, changeOf: () => Getter): Iterable<Value> {
  if (!truth(value)) return
  const change = changeOf()
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
    run: (value, args, keywords, scope) =>
      new Generator(
        chosen(value, kept, () => {
          const [attribute, ...others] = args
          if (!byAttribute) return testOf(args, keywords, scope)
          if (attribute === undefined) throw argumentError('Missing parameter for attribute name')
          const get = getter(scope, attribute)
          const passes = testOf(others, keywords, scope)
          return item => passes(get(item))
        }),
        { maker: 'select_or_reject' },
      ),
  })
}

function* chosen(value: Value, kept: boolean, testOf: () => (item: Value) => boolean): Iterable<Value> {
  if (!truth(value)) return
  const passes = testOf()
  for (const item of iterate(value)) if (passes(item) === kept) yield item
}

function testOf(args: readonly Value[], keywords: Keywords, scope: Scope): (value: Value) => boolean {
  const [name, ...rest] = args
  if (name === undefined) return truth
  const test = scope.run.environment.tests.get(str(name))
  if (!test) throw runtimeError(`No test named ${repr(name)}.`)
  return value => test(value, rest, keywords, scope)
}
