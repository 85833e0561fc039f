/** pillar get: the pillar as it was pushed. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, project, wordThere } from '../schema.ts'

export const pillarGetRequest = defineRequest({
  name: 'pillar get',
  does: 'Prints the pillar that was pushed last, or the value at a key of it. Secrets are hidden.',
  example: 'corpus pillar get demo data.port',
  params: object({ name: project(), key: wordThere('KEY', 'a dotted key'), reveal: flag('show secrets too') }),
  answer: Type.Unknown({ description: 'the value' }),
  http: 'GET /projects/{name}/pillar',
  right: 'see on project',
  more: { reveal: 'secrets' },
  kind: 'read',
  async run(asked, { name, key, reveal }) {
    const { getPillar } = await import('../pillar.ts')
    return getPillar(asked, name, key, reveal)
  },
})
