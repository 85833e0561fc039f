/** agent --logs: what the agent and its runners said. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'

export const agentLogsRequest = defineRequest({
  name: 'agent logs',
  does: 'Prints what the agent and its runners said last. As JSON an object a line.',
  example: 'corpus agent --logs --lines 20',
  typed: 'agent --logs',
  json: 'lines',
  params: object({
    lines: Type.Optional(
      Type.Integer({ flag: 'COUNT', description: 'how many, 100 without it', minimum: 0, maximum: 999_999 }),
    ),
  }),
  answer: Type.Array(
    object({
      time: text('empty for what is no line of ours'),
      level: text(),
      part: text(),
      project: Type.Optional(Type.String()),
      release: Type.Optional(Type.String()),
      message: text(),
    }),
  ),
  http: 'GET /agent/logs',
  right: 'logs on machine',
  kind: 'read',
  async run(asked, { lines = 100 }) {
    const { agentLogEntries } = await import('../agent.ts')
    return agentLogEntries(asked.root, { lines })
  },
})
