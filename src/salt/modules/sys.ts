/** sys.*: which states and functions there are. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { stateModuleNames } from '../definition/registry.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'

export const functions: FunctionTable = {
  list_functions: defineFunction({
    does: 'The names of all execution functions, or of those of some modules.',
    acts: false,
    arguments: {},
    restArguments: 'Names of modules.',
    call: ({ args, tools }) => {
      const modules = args.rest.map(textOf)
      return tools.names().filter(name => modules.length === 0 || modules.includes(name.split('.')[0] ?? ''))
    },
  }),
  list_modules: defineFunction({
    does: 'The names of all modules of execution functions.',
    acts: false,
    arguments: {},
    call: ({ tools }) => [...new Set(tools.names().map(name => name.split('.')[0] ?? ''))],
  }),
  list_state_modules: defineFunction({
    does: 'The names of all modules of states.',
    acts: false,
    arguments: {},
    call: () => stateModuleNames().sort(),
  }),
  doc: defineFunction({
    does: 'The functions that there are; their sentences stand in the documentation.',
    acts: false,
    arguments: {},
    restArguments: 'Names of functions.',
    call: ({ args, tools }) => {
      const wanted = args.rest.map(textOf)
      return Dict.of(
        tools
          .names()
          .filter(name => wanted.includes(name))
          .map(name => [name, name] as const),
      )
    },
  }),
}
