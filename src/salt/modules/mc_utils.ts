/** mc_utils.*: what state files of corpus have long used beside Salt's own functions. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { mergeInto } from '../definition/merge.ts'
import { traverse } from '../definition/traverse.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { readJson, writeJson } from '../python/json.ts'
import { readYaml, writeYaml } from '../yaml/index.ts'

const content = { does: 'The value.', type: 'any', required: true } as const
const text = { does: 'The text.', type: 'text', required: true } as const
const update = defineFunction({
  does: 'Merges the second mapping into the first, nested mappings too.',
  acts: false,
  arguments: {
    dict1: { does: 'The first.', type: 'any', required: true },
    dict2: { does: 'The second, which wins.', type: 'any', required: true },
  },
  call: ({ args }) => mergeInto(args.mapping('dict1'), args.mapping('dict2')),
})

export const functions: FunctionTable = {
  json_dump: defineFunction({
    does: 'A value as JSON.',
    acts: false,
    arguments: { content, pretty: { does: 'Over several lines.', type: 'boolean', default: false } },
    call: ({ args }) => writeJson(args.value('content'), args.flag('pretty') ? { indent: 4, sortKeys: true } : {}),
    examples: [{ template: "{{ salt['mc_utils.json_dump']({'a': [1, None]}) }}", gives: '{"a": [1, null]}' }],
  }),
  json_load: defineFunction({
    does: 'The value of a JSON text.',
    acts: false,
    arguments: { content: text },
    call: ({ args }) => readJson(args.text('content')),
  }),
  yaml_dump: defineFunction({
    does: 'A value as YAML.',
    acts: false,
    arguments: { content, flow: { does: 'On one line.', type: 'boolean', default: false } },
    call: ({ args }) => writeYaml(args.value('content'), { flow: args.flag('flow') }),
  }),
  yaml_load: defineFunction({
    does: 'The value of a YAML text.',
    acts: false,
    arguments: { content: text },
    call: ({ args }) => readYaml({ path: 'mc_utils.yaml_load', text: args.text('content') }),
  }),
  get: defineFunction({
    does: 'An option, grain or pillar value, as config.get.',
    acts: false,
    arguments: {
      key: { does: 'The name; a colon leads deeper.', type: 'text', required: true },
      default: { does: 'What it gives where nothing is found.', type: 'any', default: '' },
    },
    call: ({ args, tools }) => {
      for (const data of [tools.opts, tools.grains, tools.pillar]) {
        const found = traverse(data, args.text('key'))
        if (found !== undefined) return found
      }
      return args.value('default')
    },
  }),
  dictupdate: update,
  dictmerge: update,
  uniquify: defineFunction({
    does: 'A list without what it has twice.',
    acts: false,
    arguments: { seq: { does: 'The list.', type: 'list', required: true } },
    call: ({ args }) => {
      const seen = new Dict()
      return args.list('seq').filter(item => {
        const key = textOf(item)
        if (seen.has(key)) return false
        seen.set(key, true)
        return true
      })
    },
  }),
}
