/** corpus task. */
import { defineCommand } from '../command.ts'
import { applyShown } from './states.ts'

export const taskCommand = defineCommand({
  name: 'task',
  does: 'Runs a manual job of a project, .salt/task_TASK.sls; without TASK lists them.',
  arguments: ['NAME', '[TASK]'],
  options: [{ flags: '--test', does: 'say what would change, and change nothing' }],
  answers: true,
  example: 'corpus task demo reindex',
  async run(invocation) {
    const { openTask, tasks } = await import('../../controller/task.ts')
    const [name = '', task] = invocation.args
    if (task === undefined) {
      const names = await tasks(invocation.context, name)
      invocation.print(invocation.json ? `${JSON.stringify(names)}\n` : names.map(one => `${one}\n`).join(''))
      return 0
    }
    const test = invocation.options['test'] === true
    const stopped = new AbortController()
    const stop = () => stopped.abort()
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    const choice = { by: invocation.by, test, signal: stopped.signal }
    const open = await openTask(invocation.context, name, task, choice)
    try {
      return await applyShown(invocation, open, test)
    } finally {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      open.close()
    }
  },
})
