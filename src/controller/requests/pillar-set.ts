/** pillar set: keys of the pillar are changed, as a push of it would. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

/** How the push of the change ended. */
export const pillarPushed = () => object({ status: Type.Integer({ description: 'the exit status of the push' }) })

export const pillarSetRequest = defineRequest({
  name: 'pillar set',
  does: 'Changes settings in the pillar, and keeps the comments around them: KEY=VALUE, KEY=@FILE, or KEY=- for standard input; :KEY:BELOW is one from its top. Commits, and deploys as a push of the pillar does.',
  example: 'corpus pillar set demo data.port=8080 data.db.password=@password.txt',
  params: object({
    name: project(),
    set: Type.Record(
      Type.String(),
      Type.Union([Type.String(), object({ base64: text('a text as it is, where a string is read as a setting') })]),
      { word: 'KEY=VALUE', contents: 'SETTING_INVALID', asIs: true, description: 'keys and values' },
    ),
  }),
  answer: pillarPushed(),
  http: 'PATCH /projects/{name}/pillar',
  right: 'push-pillar on project',
  kind: 'change',
  changes: 'pillar get',
  async stands(asked, { name, set }) {
    const { pillarStands } = await import('../pillar.ts')
    return pillarStands(asked, name, Object.keys(set))
  },
  async run(asked, { name, set }, caller) {
    const { changePillar } = await import('../pillar.ts')
    const print = (text: string) => asked.tell?.({ kind: 'log', text })
    const status = await changePillar(asked, name, { set }, { by: caller.name, print })
    asked.tell?.({ kind: 'verdict', status })
    return { status }
  },
})
