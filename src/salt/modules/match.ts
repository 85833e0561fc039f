/** match.*: whether a target means this machine. */

import { matchers } from '../context/match.ts'
import type { FunctionTools } from '../context/tools.ts'
import { type Arguments, defineFunction, type FunctionTable } from '../definition/define.ts'
import { merged } from '../definition/merge.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const target: Arguments = {
  tgt: { does: 'The target.', type: 'text', required: true },
  delimiter: { does: 'What leads deeper instead of a colon.', type: 'text', default: ':' },
  minion_id: { does: 'Another machine name than our own.', type: 'text' },
}

function matchFunction(kind: string, does: string) {
  return defineFunction({
    does,
    acts: false,
    arguments: target,
    call: ({ args, tools }) =>
      matchers[kind]?.(args.text('tgt'), machineOf(tools, args.textOrNone('minion_id')), args.text('delimiter')) ??
      false,
  })
}

export const functions: FunctionTable = {
  glob: matchFunction('glob', 'Whether the name of this machine matches a glob.'),
  pcre: matchFunction('pcre', 'Whether the name of this machine matches a regular expression.'),
  list: matchFunction('list', 'Whether the name of this machine is in a list.'),
  grain: matchFunction('grain', 'Whether a grain matches a glob: `os:Debian`.'),
  grain_pcre: matchFunction('grain_pcre', 'Whether a grain matches a regular expression.'),
  pillar: matchFunction('pillar', 'Whether a pillar value matches a glob.'),
  ipcidr: matchFunction('ipcidr', 'Whether an address of this machine is this one, or lies in this network.'),
  compound: matchFunction('compound', 'Whether a compound target means this machine.'),
  search_by: defineFunction({
    does: 'The keys under which one of several targets means this machine; None where there is none.',
    acts: false,
    arguments: {
      targets: { does: 'A list of targets for each key.', type: 'mapping', required: true },
      tgt_type: { does: 'The kind of the targets.', type: 'text', default: 'compound' },
      minion_id: { does: 'Another machine name than our own.', type: 'text' },
    },
    call: ({ args, tools }) => {
      const machine = machineOf(tools, args.textOrNone('minion_id'))
      const means = (target: Value) => matchers[args.text('tgt_type')]?.(textOf(target), machine) ?? false
      const found = [...args.mapping('targets')].filter(([, targets]) => Array.isArray(targets) && targets.some(means))
      return found.length ? found.map(([key]) => key) : null
    },
  }),
  filter_by: defineFunction({
    does: 'The value of the first compound target that means this machine.',
    acts: false,
    arguments: {
      lookup: { does: 'Targets and values.', type: 'mapping', required: true },
      tgt_type: { does: 'The kind of the targets.', type: 'text', default: 'compound' },
      minion_id: { does: 'Another machine name than our own.', type: 'text' },
      merge: { does: 'Laid over the value.', type: 'mapping' },
      merge_lists: { does: 'Appends lists where it merges.', type: 'boolean', default: false },
      default: { does: 'The key whose value holds where none matches.', type: 'text', default: 'default' },
    },
    call: ({ args, tools }) => {
      const machine = machineOf(tools, args.textOrNone('minion_id'))
      const lookup = args.mapping('lookup')
      const entry = [...lookup].find(([name]) => matchers[args.text('tgt_type')]?.(textOf(name), machine))
      const found = entry?.[1] ?? lookup.get(args.value('default')) ?? null
      const over = args.value('merge')
      return found instanceof Dict && over instanceof Dict
        ? merged(found, over, { lists: args.flag('merge_lists') })
        : found
    },
  }),
}

function machineOf(tools: FunctionTools, id: string | null) {
  return { id: id ?? textOf(tools.opts.get('id') ?? ''), grains: tools.grains, pillar: tools.pillar }
}
