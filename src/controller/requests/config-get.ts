/** config get: the configuration of a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, project, wordThere } from '../schema.ts'

export const configGetRequest = defineRequest({
  name: 'config get',
  does: 'Prints the configuration of a project, or the value at a dotted key. Secrets are hidden.',
  example: 'corpus config get demo data.port',
  params: object({
    name: project(),
    key: wordThere('KEY', 'a dotted key'),
    reveal: flag('show secrets too'),
  }),
  answer: Type.Unknown({ description: 'the value' }),
  http: 'GET /projects/{name}/configuration',
  right: 'see on project',
  more: { reveal: 'secrets' },
  kind: 'read',
  async run(asked, { name, key, reveal }) {
    const { getConfiguration } = await import('../config.ts')
    return getConfiguration(asked, name, key, reveal)
  },
})
