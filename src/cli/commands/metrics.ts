/** corpus metrics. */
import { defineCommand } from '../command.ts'

export const metricsCommand = defineCommand({
  name: 'metrics',
  does: 'Prints figures of all projects as Prometheus reads them: deployments, procedures, processes, archives, what waits.',
  example: 'corpus metrics',
  async run(invocation) {
    const { metricsOf } = await import('../../controller/metrics.ts')
    invocation.print(await metricsOf(invocation.context)())
    return 0
  },
})
