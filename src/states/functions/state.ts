/** state.*: what templates may ask of the engine itself. */

import { Dict } from '../../python/dict.ts'
import { readYaml } from '../../yaml/index.ts'
import { defineFunction, type FunctionTable } from '../define.ts'
import { executionError } from '../exceptions.ts'
import { readFileSync } from '../files.ts'
import { findSls } from '../source.ts'
import { findTop, topMatches } from '../top.ts'
import { textOf } from '../values.ts'

export const functions: FunctionTable = {
  sls_exists: defineFunction({
    does: 'Whether all of these state files are there.',
    arguments: { mods: { does: 'Names, as a list or joined by commas.', type: 'text or list', required: true } },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) =>
      given
        .texts('mods')
        .flatMap(text => text.split(','))
        .every(name => findSls(tools.files, name.trim()) !== null),
  }),
  show_top: defineFunction({
    does: 'Which state files the top file means for this machine, by environment.',
    arguments: {},
    otherArguments: 'Accepted and ignored.',
    call: ({ tools }) => {
      const top = findTop(tools.files)
      if (top === null) return new Dict()
      const text = tools.render({ path: top.path, text: readFileSync(top.path, 'utf8') }, new Dict())
      const machine = { id: textOf(tools.opts.get('id') ?? ''), grains: tools.grains, pillar: tools.pillar }
      const { names, faults } = topMatches(readYaml({ path: top.path, text }), machine, top.path)
      if (faults[0]) throw executionError(faults[0].message)
      return names.length ? Dict.of({ base: [...names] }) : new Dict()
    },
  }),
  running: defineFunction({ does: 'Other runs going on: none.', arguments: {}, call: () => [] }),
}
