/** plan: what a deployment would change. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, oneOf, project, text } from '../schema.ts'
import { localResults } from './states-apply.ts'

export const planRequest = defineRequest({
  name: 'plan',
  does: 'Says what a deployment would change, procedure by procedure, and changes nothing.',
  example: 'corpus plan demo',
  params: object({ name: project() }),
  answer: object({
    mode: oneOf(['editable', 'cooking', 'final']),
    commit: nullable(text('null: the working copy')),
    procedures: Type.Array(
      object({
        procedure: text(),
        skip: nullable(text('why')),
        files: Type.Array(object({ sls: text(), local: localResults() })),
      }),
    ),
  }),
  json: 'salt',
  http: 'GET /projects/{name}/plan',
  right: 'deploy on project',
  kind: 'read',
  async run(asked, { name }, caller) {
    const { planAnswered } = await import('../states-asked.ts')
    return planAnswered(asked, name, caller.name)
  },
})
