/** corpus ps: list, restart, scale. */
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'
import { showDeployment } from './follow.ts'

export const psCommand = defineCommand({
  name: 'ps',
  does: 'Lists the processes of an application; `restart` replaces them one for one, `scale web=3` changes how many there are.',
  arguments: ['NAME', '[ACTION]', '[WORDS...]'],
  answers: true,
  example: 'corpus ps demo scale web=3 worker=1',
  async run(invocation) {
    const { processes, restart, scale } = await import('../../controller/ps.ts')
    const [name = '', action, ...words] = invocation.args
    if (action === 'restart' && words.length === 0)
      return showDeployment(invocation, await restart(invocation.context, name, invocation.by))
    if (action === 'scale')
      return showDeployment(invocation, await scale(invocation.context, name, invocation.by, words as string[]))
    if (action === 'restart')
      throw new CorpusError('USAGE', 'restart takes no words: it replaces all processes of the project, one for one.')
    if (action !== undefined)
      throw new CorpusError(
        'USAGE',
        `${shown([action, ...words].join(' '))} is neither restart nor scale PROCESS=COUNT.`,
      )
    const rows = await processes(invocation.context, name)
    if (invocation.json) invocation.print(`${JSON.stringify(rows)}\n`)
    else if (rows.length === 0) invocation.print(`${name} has no processes.\n`)
    else
      invocation.print(
        tableText(
          ['process', 'pid', 'state', 'address', 'restarts', 'last exit', 'release'],
          rows.map(one => [one.name, one.pid, one.state, one.address, one.restarts, one.last_exit, one.release]),
        ),
      )
    return 0
  },
})
