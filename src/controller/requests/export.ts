/** export: everything as a file. */
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'

export const exportRequest = defineRequest({
  name: 'export',
  does: 'Writes users, groups, grants, projects with what was set of them, and keys as YAML: without passwords, tokens, values of secrets and data.',
  example: 'corpus export > corpus.yaml',
  params: object({}),
  answer: object({ text: text('YAML') }),
  http: 'GET /export',
  right: 'admin on machine',
  kind: 'read',
  async run(asked) {
    const { exported } = await import('../file/export.ts')
    return { text: await exported(asked) }
  },
})
