/** env set: variables of the application. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, project, text } from '../schema.ts'

export const envSetRequest = defineRequest({
  name: 'env set',
  does: 'Sets variables of the application, byte for byte: KEY=VALUE, KEY=@FILE, or KEY=- for standard input. They count from the next deployment on.',
  example: 'corpus env set demo DATABASE_URL=postgres://demo@localhost/demo TLS_KEY=@key.pem',
  params: object({
    name: project(),
    variables: Type.Record(
      Type.String(),
      Type.Union([Type.String(), object({ base64: text('bytes that are no text') })]),
      {
        word: 'KEY=VALUE',
        contents: 'ENVIRONMENT_INVALID',
        description: 'names and values',
      },
    ),
    plain: flag('no secret: shown in lists, and in logs'),
  }),
  answer: object({ set: Type.Array(text(), { description: 'the names' }) }),
  http: 'PATCH /projects/{name}/environment',
  right: 'configure on project',
  kind: 'change',
  changes: 'env list',
  async stands(asked, { name, variables }) {
    const { environmentStands } = await import('../stands.ts')
    return environmentStands(asked, name, Object.keys(variables))
  },
  async run(asked, { name, variables, plain }) {
    const { setEnvironment } = await import('../env.ts')
    const set = await setEnvironment(asked, name, variables, { plain })
    if (set.includes('PORT'))
      asked.warn?.('PORT of a process is what corpus hands out: yours is seen by builds and `corpus run` alone')
    return { set }
  },
})
