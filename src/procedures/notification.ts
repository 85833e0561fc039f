/** notification: tells how the deployment ended, whoever it failed for. */
import { defineProcedure } from '../pipeline/procedure.ts'
import type { Deployment } from './deployment.ts'

export const notification = defineProcedure({
  name: 'notification',
  when: 'always',
  does: 'Sends how the deployment ended by the means that the configuration names.',
  async run(deployment: Deployment) {
    if (deployment.ended === 'succeeded') (await import('./nothing-runs.ts')).tellWhereNothingRuns(deployment)
    const means = deployment.cfg.get('notifications')
    if (means === undefined || means === null) return
    const { noticeOf } = await import('./notices.ts')
    deployment.tellings.push(noticeOf(deployment, deployment.ended ?? 'failed'))
  },
})
