/** task run: a manual job of a project. */
import { defineRequest } from '../request.ts'
import { flag, object, project, word } from '../schema.ts'
import { applied } from './states-apply.ts'

export const taskRunRequest = defineRequest({
  name: 'task run',
  does: 'Runs a manual job of a project, .salt/task_TASK.sls.',
  example: 'corpus task demo reindex',
  typed: 'task NAME',
  params: object({
    name: project(),
    task: word('TASK', 'which'),
    test: flag('say what would change, and change nothing'),
  }),
  answer: applied(),
  json: 'salt',
  http: 'POST /projects/{name}/tasks/{task}',
  right: 'run on project',
  kind: 'change',
  async run(asked, { name, task, test = false }, caller) {
    const [{ openTask }, { applyAnswered }] = await Promise.all([import('../task.ts'), import('../states-asked.ts')])
    const { signal } = asked
    return applyAnswered(
      asked,
      await openTask(asked, name, task, { by: caller.name, test, ...(signal ? { signal } : {}) }),
    )
  },
})
