/** Filters over any value: default, length, attr, string, pprint. */
import { attributeOf } from '../../python/attribute.ts'
import { lengthOf } from '../../python/iterate.ts'
import { str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import { defineFilter } from '../define.ts'
import { Markup } from '../markup.ts'
import { prettyText } from '../pretty.ts'
import { isUndefined, missing } from '../undefined.ts'

export const valueFilters = [
  defineFilter({
    name: 'default',
    aliases: ['d'],
    does: 'The value, or another where it is undefined; with boolean also where it is false.',
    takes: { default_value: '', boolean: false },
    run: (value, _, otherwise, falseToo) =>
      isUndefined(value) || (truth(falseToo) && !truth(value)) ? otherwise : value,
  }),
  defineFilter({
    name: 'length',
    aliases: ['count'],
    does: 'How many items or characters there are.',
    run: value => lengthOf(value),
  }),
  defineFilter({
    name: 'attr',
    does: 'An attribute by name, never an item.',
    takes: { name: undefined },
    run: (value, scope, name) => {
      const found = str(name).startsWith('__') ? undefined : attributeOf(value, str(name))
      return found === undefined ? scope.undefined(missing(value, str(name))) : found
    },
  }),
  defineFilter({
    name: 'string',
    does: 'The value as text.',
    run: value => (value instanceof Markup ? value : str(value)),
  }),
  defineFilter({
    name: 'pprint',
    does: 'The value over several lines where it is long.',
    run: value => prettyText(value),
  }),
]
