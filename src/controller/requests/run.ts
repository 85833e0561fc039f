/** run: a command of the application. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const runRequest = defineRequest({
  name: 'run',
  does: "Runs a command in the running release's folder and environment, as the project's account; ends with its exit status.",
  example: 'corpus run demo node scripts/import.js --dry-run',
  params: object({
    name: project(),
    command: Type.Optional(
      Type.Array(Type.String(), { word: 'COMMAND', description: 'a program and its words', passesOn: true }),
    ),
  }),
  answer: object({
    status: Type.Integer({ description: '128 and the number of the signal that ended it' }),
    stdout: text(),
    stderr: text(),
  }),
  http: 'POST /projects/{name}/run',
  right: 'run on project',
  kind: 'change',
  async run(asked, { name, command = [] }) {
    const { runAnswered } = await import('../run.ts')
    return runAnswered(asked, name, command)
  },
})
