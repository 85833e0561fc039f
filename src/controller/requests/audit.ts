/** audit: who changed what. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, option, text } from '../schema.ts'

export const auditRequest = defineRequest({
  name: 'audit',
  does: 'Lists what was changed, by whom, from where and with what outcome: the newest first.',
  example: 'corpus audit --project shop --since 2026-01-31',
  params: object({
    project: option('NAME', 'only of this project, or what else a line is about'),
    who: option('NAME', 'only of this user'),
    since: option('TIME', 'a day or a time, 2026-01-31T12:00Z, or how long ago: 30m, 12h, 7d'),
    before: Type.Optional(
      Type.Integer({ flag: 'NUMBER', description: 'only lines before this number: the next page', minimum: 1 }),
    ),
    limit: Type.Optional(
      Type.Integer({ flag: 'COUNT', description: 'how many, 100 without it', minimum: 1, maximum: 1000 }),
    ),
  }),
  answer: Type.Array(
    object({
      number: Type.Integer(),
      at: Type.Integer({ description: 'milliseconds since 1970' }),
      who: text(),
      from: text('`local`, `http 192.0.2.7`'),
      request: text(),
      target: nullable(text()),
      before: Type.Unknown({ description: 'how it stood, without secrets; null where that is not known' }),
      after: Type.Unknown({ description: 'how it stands, or else what was asked for, without secrets' }),
      outcome: text('`succeeded`, `refused`, `failed`, with a code'),
      requestId: nullable(text()),
      hash: text('of this line and the one before'),
    }),
  ),
  http: 'GET /audit',
  right: 'admin on machine',
  kind: 'read',
  paged: { by: 'number', param: 'before' },
  async run(asked, wanted) {
    const { auditLines } = await import('../audit.ts')
    return auditLines(asked, wanted)
  },
})
