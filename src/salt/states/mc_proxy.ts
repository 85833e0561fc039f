/** mc_proxy.*: barriers without an effect, which other states require or which require others. */

import { defineState, type StateTable } from '../definition/define.ts'
import { succeeded } from '../definition/outcome.ts'
import { Dict } from '../python/dict.ts'

const hook = defineState({
  does: 'Does nothing: a name for others to come before or after.',
  arguments: {},
  otherArguments: 'Accepted and ignored.',
  run: () => succeeded(''),
  modWatch: call => succeeded('', call.watched.length ? Dict.of({ [call.name]: 'changed' }) : new Dict()),
  examples: [{ title: 'A barrier', sls: 'before-everything:\n  mc_proxy.hook: []\n' }],
})

export const states: StateTable = { hook }
