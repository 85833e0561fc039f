/** state.*: what templates may ask of the engine itself. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'
import { findSls } from '../language/source.ts'
import { findTop, topMatches } from '../language/top.ts'
import { Dict } from '../python/dict.ts'
import { readFileSync } from '../system/files.ts'
import { readYaml } from '../yaml/index.ts'

export const functions: FunctionTable = {
  sls_exists: defineFunction({
    does: 'Whether all of these state files are there.',
    acts: false,
    arguments: { mods: { does: 'Names, as a list or joined by commas.', type: 'text or list', required: true } },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) =>
      args
        .texts('mods')
        .flatMap(text => text.split(','))
        .every(name => findSls(tools.files, name.trim()) !== null),
  }),
  show_top: defineFunction({
    does: 'Which state files the top file means for this machine, by environment.',
    acts: false,
    arguments: {},
    otherArguments: 'Accepted and ignored.',
    call: ({ tools }) => {
      const top = findTop(tools.files)
      if (top === null) return new Dict()
      if ('fault' in top) throw executionError(top.fault.message)
      const text = tools.render({ path: top.path, text: readFileSync(top.path, 'utf8') }, new Dict())
      const machine = { id: textOf(tools.opts.get('id') ?? ''), grains: tools.grains, pillar: tools.pillar }
      const { names, faults } = topMatches(readYaml({ path: top.path, text }), machine, top.path)
      if (faults[0]) throw executionError(faults[0].message)
      return names.length ? Dict.of({ base: [...names] }) : new Dict()
    },
  }),
  running: defineFunction({ does: 'Other runs going on: none.', acts: false, arguments: {}, call: () => [] }),
}
