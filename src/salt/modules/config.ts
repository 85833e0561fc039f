/** config.*: options of the run, then grains, then pillar. */

import { defineFunction, type FunctionCall, type FunctionTable } from '../definition/define.ts'
import { merged } from '../definition/merge.ts'
import { traverse, traverseOr } from '../definition/traverse.ts'
import { truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const sources = ['opts', 'grains', 'pillar'] as const

export const functions: FunctionTable = {
  get: defineFunction({
    does: 'An option of the run, else a grain, else a pillar value.',
    acts: false,
    arguments: {
      key: { does: 'The name; a colon leads deeper.', type: 'text', required: true },
      default: { does: 'What it gives where nothing is found.', type: 'any', default: '' },
      delimiter: { does: 'What leads deeper instead of a colon.', type: 'text', default: ':' },
      merge: { does: 'Merges what all of them say: recurse or overwrite.', type: 'text' },
      omit_opts: { does: 'Leaves the options out.', type: 'boolean', default: false },
      omit_pillar: { does: 'Leaves the pillar out.', type: 'boolean', default: false },
      omit_grains: { does: 'Leaves the grains out.', type: 'boolean', default: false },
      omit_master: { does: 'Accepted: there is no master.', type: 'boolean', default: false },
    },
    call: configGet,
  }),
  option: defineFunction({
    does: 'An option of the run, else a pillar value.',
    acts: false,
    arguments: {
      value: { does: 'The name.', type: 'text', required: true },
      default: { does: 'What it gives where nothing is found.', type: 'any', default: '' },
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const name = args.text('value')
      return traverseOr(tools.opts, name, traverseOr(tools.pillar, name, args.value('default')))
    },
  }),
  items: defineFunction({
    does: 'All options of the run.',
    acts: false,
    arguments: {},
    call: ({ tools }) => tools.opts,
  }),
  manage_mode: defineFunction({
    does: 'A file mode as text of four octal digits.',
    acts: false,
    arguments: { mode: { does: 'The mode.', type: 'mode', required: true } },
    call: ({ args }) => args.mode('mode'),
  }),
  backup_mode: defineFunction({
    does: 'The backup mode: the given one.',
    acts: false,
    arguments: { backup: { does: 'The mode.', type: 'text', default: '' } },
    call: ({ args }) => args.text('backup'),
  }),
}

function configGet({ args, tools }: FunctionCall): Value {
  const found = sources
    .filter(name => !args.flag(`omit_${name}`))
    .map(name => traverse(tools[name], args.text('key'), args.text('delimiter') || ':'))
    .filter(value => value !== undefined)
  const [first] = found
  if (first === undefined) return args.value('default')
  if (!truthOf(args.value('merge'))) return first
  const mappings = found.filter(value => value instanceof Dict)
  return mappings.length === found.length ? mappings.reduceRight((low, high) => merged(low, high)) : first
}
