/** corpus states doc: the reference at hand. */
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { meant } from '../../kernel/nearest.ts'
import { defineCommand } from '../command.ts'

export const statesDocCommand = defineCommand({
  name: 'states doc',
  does: 'Says what a state, an execution function, a filter or a test does, with arguments and examples; or lists a module.',
  arguments: ['NAME'],
  isNamed: true,
  example: 'corpus states doc file.managed',
  async run(invocation) {
    const [{ functionEntries, stateEntries, templateEntries }, { ownFunctions }] = await Promise.all([
      import('../states-reference.ts'),
      import('../../statefiles/functions.ts'),
    ])
    const name = invocation.args[0] ?? ''
    const entries = [
      ...(await stateEntries()),
      ...(await functionEntries(ownFunctions())),
      ...(await templateEntries()),
    ]
    const found = entries.filter(one => one.name === name)
    const inModule = entries.filter(one => one.name.startsWith(`${name}.`))
    if (found.length === 0 && inModule.length === 0) {
      throw new CorpusError(
        'USAGE',
        `There is no ${shown(name)}.${meant(
          name,
          entries.map(one => one.name),
        )}`,
      )
    }
    for (const one of found) invocation.print(`${one.kind}\n${one.markdown}\n`)
    for (const one of found.length > 0 ? [] : inModule) invocation.print(`${one.kind.padEnd(10)}${one.name}\n`)
    return 0
  },
})
