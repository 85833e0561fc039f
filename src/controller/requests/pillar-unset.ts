/** pillar unset: keys are taken out of the pillar, as a push of it would. */
import { defineRequest } from '../request.ts'
import { object, project, words } from '../schema.ts'
import { pillarPushed } from './pillar-set.ts'

export const pillarUnsetRequest = defineRequest({
  name: 'pillar unset',
  does: 'Takes keys out of the pillar. Commits, and deploys as a push of the pillar does.',
  example: 'corpus pillar unset demo data.port',
  params: object({ name: project(), keys: words('KEY', 'a dotted key') }),
  answer: pillarPushed(),
  http: 'POST /projects/{name}/pillar/unset',
  right: 'push-pillar on project',
  kind: 'change',
  changes: 'pillar get',
  async stands(asked, { name, keys }) {
    const { pillarStands } = await import('../pillar.ts')
    return pillarStands(asked, name, keys)
  },
  async run(asked, { name, keys }, caller) {
    const { changePillar } = await import('../pillar.ts')
    const print = (text: string) => asked.tell?.({ kind: 'log', text })
    const status = await changePillar(asked, name, { unset: keys }, { by: caller.name, print })
    asked.tell?.({ kind: 'verdict', status })
    return { status }
  },
})
