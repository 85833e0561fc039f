/** environ.*: the environment of the commands that this run starts. */

import type { FunctionTools } from '../context/tools.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const key = { does: 'The name of the variable.', type: 'text', required: true } as const
const falseUnsets = {
  does: 'Whether False unsets a variable instead of emptying it.',
  type: 'boolean',
  default: false,
} as const

export const functions: FunctionTable = {
  get: defineFunction({
    does: 'One variable.',
    acts: false,
    arguments: { key, default: { does: 'What it gives where it is not set.', type: 'text', default: '' } },
    call: ({ args, tools }) => tools.environment.get(args.text('key')) ?? args.value('default'),
  }),
  has_value: defineFunction({
    does: 'Whether a variable is set, to a value where one is given.',
    acts: false,
    arguments: { key, value: { does: 'The value.', type: 'text' } },
    call: ({ args, tools }) => {
      const found = tools.environment.get(args.text('key'))
      return args.has('value') ? found === args.text('value') : found !== undefined
    },
  }),
  item: defineFunction({
    does: 'A mapping of variables.',
    acts: false,
    arguments: {
      keys: { does: 'Their names.', type: 'text or list', required: true },
      default: { does: 'What those get that are not set.', type: 'text', default: '' },
    },
    call: ({ args, tools }) =>
      Dict.of(args.texts('keys').map(name => [name, tools.environment.get(name) ?? args.value('default')] as const)),
  }),
  items: defineFunction({
    does: 'All variables.',
    acts: false,
    arguments: {},
    call: ({ tools }) => Dict.of([...tools.environment]),
  }),
  setval: defineFunction({
    does: 'Sets one variable for the commands of this run.',
    acts: false,
    arguments: { key, val: { does: 'The value.', type: 'any', default: '' }, false_unsets: falseUnsets },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => set(args.text('key'), args.value('val'), args.flag('false_unsets'), tools),
  }),
  setenv: defineFunction({
    does: 'Sets variables for the commands of this run.',
    acts: false,
    arguments: {
      environ: { does: 'Names and values.', type: 'mapping', required: true },
      false_unsets: falseUnsets,
      clear_all: { does: 'Unsets all others.', type: 'boolean', default: false },
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const wanted = args.mapping('environ')
      const changes = new Dict()
      if (args.flag('clear_all'))
        for (const name of [...tools.environment.keys()])
          if (!wanted.has(name)) changes.set(name, set(name, false, args.flag('false_unsets'), tools))
      for (const [name, value] of wanted) changes.set(name, set(textOf(name), value, args.flag('false_unsets'), tools))
      return changes
    },
  }),
}

/** What it was set to; None where it was unset. */
function set(name: string, value: Value, falseUnsets: boolean, tools: FunctionTools): Value {
  if (value === false && falseUnsets) {
    tools.environment.delete(name)
    return null
  }
  const text = value === false || value === null ? '' : textOf(value)
  tools.environment.set(name, text)
  return text
}
