/** corpus rollback. */
import { defineCommand } from '../command.ts'
import { showDeployment } from './follow.ts'

export const rollbackCommand = defineCommand({
  name: 'rollback',
  does: 'Goes back to a kept release: the named one, or the one that ran before.',
  arguments: ['NAME', '[RELEASE]'],
  options: [
    { flags: '--with-data', does: 'put the data back, too, that was kept with it; the processes stop meanwhile' },
  ],
  answers: true,
  example: 'corpus rollback demo',
  async run(invocation) {
    const { rollBack } = await import('../../controller/deploy.ts')
    const [name = '', release] = invocation.args
    const withData = invocation.options['withData'] === true
    return showDeployment(invocation, await rollBack(invocation.context, name, invocation.by, release, withData))
  },
})
