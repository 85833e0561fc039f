/** pillar.*: what the pillar says. */

import { type Arguments, defineFunction, type FunctionCall, type FunctionTable } from '../definition/define.ts'
import { StateException } from '../definition/exceptions.ts'
import { merged } from '../definition/merge.ts'
import { traverse } from '../definition/traverse.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { chosen, filterArguments, items, valuesAt } from './lookup.ts'

const key = { does: 'The key; a colon leads into nested mappings and lists.', type: 'text', required: true } as const
const delimiter = { does: 'What leads deeper instead of a colon.', type: 'text', default: ':' } as const
const getArguments: Arguments = {
  key,
  default: { does: 'What it gives where there is no such key; otherwise an empty text.', type: 'any', default: '' },
  merge: { does: 'Merges what was found over the default.', type: 'boolean', default: false },
  merge_nested_lists: { does: 'Appends nested lists where it merges.', type: 'boolean' },
  delimiter,
}
const ignored = 'Names of environments are accepted and ignored: there is one.'

const all = defineFunction({
  does: 'The whole pillar, or a mapping of the given keys and their values.',
  acts: false,
  arguments: {},
  restArguments: 'The keys.',
  otherArguments: ignored,
  call: ({ args, tools }) => (args.rest.length ? items(tools.pillar, args.rest, '') : Dict.of(tools.pillar)),
})

const item = defineFunction({
  does: 'A mapping of the given keys and their values.',
  acts: false,
  arguments: {},
  restArguments: 'The keys.',
  otherArguments: '`default` and `delimiter`.',
  call: ({ args, tools }) => {
    const separator = args.others.get('delimiter')
    return items(
      tools.pillar,
      args.rest,
      args.others.get('default') ?? '',
      separator === undefined ? undefined : textOf(separator),
    )
  },
})

const get = defineFunction({
  does: 'One value of the pillar.',
  acts: false,
  arguments: getArguments,
  otherArguments: ignored,
  call: pillarGet,
  examples: [{ template: "{{ salt['pillar.get']('no:such:key', 'otherwise') }}", gives: 'otherwise' }],
})

export const functions: FunctionTable = {
  get,
  fetch: get,
  item,
  items: all,
  data: all,
  raw: defineFunction({
    does: 'The pillar as it lies in memory, or one key of it.',
    acts: false,
    arguments: { key: { does: 'A top-level key.', type: 'text' } },
    call: ({ args, tools }) => (args.has('key') ? (tools.pillar.get(args.value('key')) ?? new Dict()) : tools.pillar),
  }),
  ext: all,
  keys: defineFunction({
    does: 'The keys of a nested mapping.',
    acts: false,
    arguments: { key, delimiter },
    call: ({ args, tools }) => {
      const found = traverse(tools.pillar, args.text('key'), args.text('delimiter'))
      if (found === undefined) throw new StateException('KeyError', `"Pillar key not found: ${args.text('key')}"`)
      if (!(found instanceof Dict))
        throw new StateException('ValueError', `Pillar value in key ${args.text('key')} is not a dict`)
      return [...found.keys()]
    },
  }),
  ls: defineFunction({
    does: 'The top-level keys.',
    acts: false,
    arguments: {},
    restArguments: 'Ignored.',
    call: ({ tools }) => [...tools.pillar.keys()],
  }),
  filter_by: defineFunction({
    does: 'Chooses from a mapping by a pillar value.',
    acts: false,
    arguments: { ...filterArguments, pillar: { does: 'The pillar key that chooses.', type: 'text' } },
    call: ({ args, tools }) =>
      chosen(args.mapping('lookup_dict'), valuesAt(tools.pillar, args.text('pillar') || args.text('grain')), {
        fallback: args.value('default'),
        base: args.value('base'),
        merge: args.value('merge'),
      }),
  }),
}

function pillarGet({ name, args, tools }: FunctionCall): Value {
  const otherwise = args.value('default')
  const found = traverse(tools.pillar, args.text('key'), args.text('delimiter') || ':')
  if (found === undefined) {
    if (name === 'pillar.fetch' && !args.has('default'))
      throw new StateException('KeyError', `"Pillar key not found: ${args.text('key')}"`)
    return otherwise
  }
  if (!args.flag('merge') || !truthOf(otherwise)) return found
  if (otherwise instanceof Dict && found instanceof Dict)
    return merged(otherwise, found, { lists: args.flag('merge_nested_lists') })
  if (Array.isArray(otherwise) && Array.isArray(found)) return [...otherwise, ...found]
  return found
}
