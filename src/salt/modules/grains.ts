/** grains.*: facts of this machine. */

import { type Arguments, defineFunction, type FunctionTable } from '../definition/define.ts'
import { traverse, traverseOr } from '../definition/traverse.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { chosen, filterArguments, items, valuesAt } from './lookup.ts'

const key = { does: 'The name; a colon leads deeper.', type: 'text', required: true } as const
const getArguments: Arguments = {
  key,
  default: { does: 'What it gives where there is no such grain.', type: 'any', default: '' },
  delimiter: { does: 'What leads deeper instead of a colon.', type: 'text', default: ':' },
  ordered: { does: 'Accepted; the order is always kept.', type: 'boolean', default: true },
}

const get = defineFunction({
  does: 'One grain.',
  acts: false,
  arguments: getArguments,
  call: ({ args, tools }) =>
    traverseOr(tools.grains, args.text('key'), args.value('default'), args.text('delimiter') || ':'),
  examples: [{ template: "{{ salt['grains.get']('no:such', 'otherwise') }}", gives: 'otherwise' }],
})

export const functions: FunctionTable = {
  get,
  fetch: get,
  item: defineFunction({
    does: 'A mapping of the given grains and their values.',
    acts: false,
    arguments: {},
    restArguments: 'The names.',
    otherArguments: '`default` and `delimiter`.',
    call: ({ args, tools }) => items(tools.grains, args.rest, args.others.get('default') ?? ''),
  }),
  items: defineFunction({
    does: 'All grains.',
    acts: false,
    arguments: { sanitize: { does: 'Accepted and ignored.', type: 'boolean', default: false } },
    call: ({ tools }) => Dict.of(tools.grains),
  }),
  ls: defineFunction({
    does: 'The names of all grains, sorted.',
    acts: false,
    arguments: {},
    call: ({ tools }) => [...tools.grains.keys()].map(textOf).sort(),
  }),
  has_value: defineFunction({
    does: 'Whether a grain is there and says something.',
    acts: false,
    arguments: { key },
    call: ({ args, tools }) => truthOf(traverse(tools.grains, args.text('key')) ?? false),
  }),
  equals: defineFunction({
    does: 'Whether a grain has a value.',
    acts: false,
    arguments: { key, value: { does: 'The value.', type: 'any', required: true } },
    call: ({ args, tools }) => textOf(traverse(tools.grains, args.text('key')) ?? '') === args.text('value'),
  }),
  filter_by: defineFunction({
    does: 'Chooses from a mapping by a grain.',
    acts: false,
    arguments: { ...filterArguments, grain: { does: 'The grain that chooses.', type: 'text', default: 'os_family' } },
    call: ({ args, tools }) =>
      chosen(args.mapping('lookup_dict'), valuesAt(tools.grains, args.text('grain')), {
        fallback: args.value('default'),
        base: args.value('base'),
        merge: args.value('merge'),
      }),
    examples: [
      { template: "{{ salt['grains.filter_by']({'x': 1, 'default': 2}, grain='no_such_grain') }}", gives: '2' },
    ],
  }),
  setval: defineFunction({
    does: 'Sets a grain for the rest of this run.',
    acts: false,
    arguments: { key, val: { does: 'The value.', type: 'any', required: true } },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      tools.grains.set(args.text('key'), args.value('val'))
      return Dict.of([[args.text('key'), args.value('val')]])
    },
  }),
}
