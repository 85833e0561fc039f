/** notification: tells how the deployment ended, whoever it failed for. */

import { settingOf } from '../configuration/settings/index.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { defineProcedure } from '../pipeline/procedure.ts'

export const notification = defineProcedure({
  name: 'notification',
  when: 'always',
  does: 'Sends how the deployment ended by the means that the configuration names.',
  async run(deployment: Deployment) {
    if (deployment.ended === 'succeeded')
      (await import('../deployment/nothing-runs.ts')).tellWhereNothingRuns(deployment)
    const means = settingOf(deployment.cfg, 'notifications')
    if (means === undefined || means === null) return
    const { noticeOf } = await import('../deployment/notices.ts')
    deployment.notifications.push(noticeOf(deployment, deployment.ended ?? 'failed'))
  },
})
