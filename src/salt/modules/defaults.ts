/** defaults.*: merges of mappings, and the defaults file of a formula. */

import type { FunctionTools } from '../context/tools.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { merged, mergeInto } from '../definition/merge.ts'
import { traverseOr } from '../definition/traverse.ts'
import { Dict } from '../python/dict.ts'
import { readJson } from '../python/json.ts'
import type { Value } from '../python/value.ts'
import { readFileSync } from '../system/files.ts'
import { readYaml } from '../yaml/index.ts'

const lists = { does: 'Appends lists instead of replacing them.', type: 'boolean', default: false } as const
const inPlace = { does: 'Changes the first mapping itself.', type: 'boolean', default: true } as const
const convertNone = { does: 'Takes None for an empty mapping.', type: 'boolean', default: true } as const

export const functions: FunctionTable = {
  merge: defineFunction({
    does: 'Merges the second mapping into the first.',
    acts: false,
    arguments: {
      dest: { does: 'The first.', type: 'any', required: true },
      src: { does: 'The second, which wins.', type: 'any', required: true },
      merge_lists: lists,
      in_place: inPlace,
      convert_none: convertNone,
    },
    call: ({ args }) => {
      const [low, high] = [dict(args.value('dest')), dict(args.value('src'))]
      const options = { lists: args.flag('merge_lists') }
      return args.flag('in_place') ? mergeInto(low, high, options) : merged(low, high, options)
    },
  }),
  update: defineFunction({
    does: 'Lays defaults below each of several mappings.',
    acts: false,
    arguments: {
      dest: { does: 'A mapping of mappings.', type: 'any', required: true },
      defaults: { does: 'The defaults.', type: 'any', required: true },
      merge_lists: { ...lists, default: true },
      in_place: inPlace,
      convert_none: convertNone,
    },
    call: ({ args }) => {
      const dest = dict(args.value('dest'))
      const nodes = args.flag('in_place') ? dest : Dict.of(dest)
      for (const [name, node] of [...nodes])
        nodes.set(name, merged(dict(args.value('defaults')), dict(node), { lists: args.flag('merge_lists') }))
      return nodes
    },
  }),
  deepcopy: defineFunction({
    does: 'A copy of a value and of all in it.',
    acts: false,
    arguments: { source: { does: 'The value.', type: 'any', required: true } },
    call: ({ args }) => copied(args.value('source')),
  }),
  get: defineFunction({
    does: 'A value of the pillar over that of the formula’s defaults.yaml or defaults.json.',
    acts: false,
    arguments: {
      key: { does: 'The name of the formula, then the path.', type: 'text', required: true },
      default: { does: 'What it gives where nothing is found.', type: 'any', default: '' },
    },
    call: ({ args, tools }) => {
      const [formula = '', ...path] = args.text('key').split(':')
      const low = Dict.of([[formula, defaultsOf(formula, tools)]])
      const high = Dict.of([[formula, tools.pillar.get(formula) ?? new Dict()]])
      return traverseOr(merged(low, high), [formula, ...path].join(':'), args.value('default'))
    },
  }),
}

function defaultsOf(formula: string, tools: FunctionTools): Value {
  for (const [name, read] of [
    ['defaults.yaml', readYaml],
    ['defaults.json', ({ text }: { text: string }) => readJson(text)],
  ] as const) {
    const path = tools.files.find(`${formula.replaceAll('.', '/')}/${name}`)
    if (path !== null) return read({ path, text: readFileSync(path, 'utf8') })
  }
  return new Dict()
}

function dict(value: Value): Dict {
  return value instanceof Dict ? value : new Dict()
}

function copied(value: Value): Value {
  if (value instanceof Dict) return Dict.of([...value].map(([key, inner]) => [key, copied(inner)] as const))
  return Array.isArray(value) ? value.map(copied) : value
}
