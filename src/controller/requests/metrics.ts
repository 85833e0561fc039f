/** metrics: figures for Prometheus. */
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'

export const metricsRequest = defineRequest({
  name: 'metrics',
  does: 'Prints figures of all projects as Prometheus reads them: deployments, procedures, processes, archives, what waits.',
  example: 'corpus metrics',
  params: object({}),
  answer: object({ text: text('as Prometheus reads it') }),
  http: 'GET /metrics',
  right: 'see on machine',
  kind: 'read',
  async run(asked) {
    const { metricsOf } = await import('../metrics.ts')
    return { text: await metricsOf(asked)() }
  },
})
