/** task: the manual jobs of a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const taskRequest = defineRequest({
  name: 'task',
  does: 'Lists the manual jobs of a project: its state files .salt/task_TASK.sls.',
  example: 'corpus task demo',
  params: object({ name: project() }),
  answer: Type.Array(text()),
  http: 'GET /projects/{name}/tasks',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { tasks } = await import('../task.ts')
    return tasks(asked, name)
  },
})
