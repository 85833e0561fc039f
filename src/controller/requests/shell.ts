/** shell: a shell of the application, on a terminal. */
import { Type } from '@sinclair/typebox'
import { CorpusError } from '../../kernel/errors.ts'
import { defineRequest } from '../request.ts'
import { object, project } from '../schema.ts'

export const shellRequest = defineRequest({
  name: 'shell',
  does: "Opens a shell in the running release's folder and environment, as the project's account; ends with its exit status.",
  example: 'corpus shell demo',
  params: object({ name: project() }),
  answer: object({ status: Type.Integer({ description: '128 and the number of the signal that ended it' }) }),
  http: 'POST /projects/{name}/shell',
  right: 'shell on project',
  kind: 'change',
  local: 'A shell takes a terminal: it is opened on the machine itself, or by ssh.',
  async run() {
    throw new CorpusError('USAGE', 'A shell takes a terminal: it is opened here, or by ssh.')
  },
})
