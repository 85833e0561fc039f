/** state.*: what templates may ask of the engine itself. */
import { defineFunction, type FunctionTable } from '../define.ts'
import { findSls } from '../source.ts'

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
  running: defineFunction({ does: 'Other runs going on: none.', arguments: {}, call: () => [] }),
}
