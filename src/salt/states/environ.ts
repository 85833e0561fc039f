/** environ.*: the environment of the commands that this run starts. */

import { defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const setenv = defineState({
  does: 'Sets environment variables for the commands of this run.',
  arguments: {
    value: {
      does: 'The value of the variable of that name, a mapping of several, or False.',
      type: 'any',
      required: true,
    },
    false_unsets: { does: 'Whether False unsets a variable instead of emptying it.', type: 'boolean', default: false },
    clear_all: { does: 'Clears all others.', type: 'boolean', default: false },
    update_minion: { does: 'Accepted: there is no minion.', type: 'boolean', default: false },
    permanent: { does: 'Accepted and ignored.', type: 'any', default: false },
  },
  run: setVariables,
  examples: [
    {
      title: 'A variable for later commands',
      sls: 'GREETING:\n  environ.setenv:\n    - value: hello\nseen:\n  cmd.run:\n    - name: test "$GREETING" = hello\n    - require: [{environ: GREETING}]\n',
    },
  ],
})

export const states: StateTable = { setenv }

function setVariables(call: StateCall): StateReturn {
  const { args, tools } = call
  const value = args.value('value')
  const wanted = wantedOf(call.name, value)
  if (!wanted) return failed('Environ value must be string, dict or False')
  const unsets = args.flag('false_unsets')
  const changes = new Dict()
  if (args.flag('clear_all'))
    for (const name of tools.environment.keys()) if (!wanted.has(name)) changes.set(name, unsets ? null : '')
  for (const [key, next] of wanted) {
    const name = textOf(key)
    const now = tools.environment.get(name)
    if (next === false && unsets) {
      if (now !== undefined) changes.set(name, null)
    } else if (next === false ? now !== '' : (now ?? '') !== textOf(next))
      changes.set(name, next === false ? '' : textOf(next))
  }
  if (call.test)
    return changes.size
      ? wouldChange('Environ values will be changed', changes)
      : succeeded('Environ values are already set with the correct values')
  if (changes.size === 0) return succeeded('Environ values were already set with the correct values')
  for (const [name, next] of changes) {
    if (next === null) tools.environment.delete(textOf(name))
    else tools.environment.set(textOf(name), textOf(next))
  }
  return succeeded('Environ values were set', changes)
}

function wantedOf(name: string, value: Value): Dict | null {
  if (value instanceof Dict) return value
  return typeof value === 'string' || value === false ? Dict.of([[name, value]]) : null
}
