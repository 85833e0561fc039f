/** Answers that several requests have in common. */
import { Type } from '@sinclair/typebox'
import { nullable, object, oneOf, text } from '../schema.ts'

export const endStates = [
  'succeeded',
  'failed',
  'rolled back',
  'rollback failed',
  'cancelled',
  'interrupted',
  'superseded',
  'planned',
] as const

export const fault = () =>
  object({ code: text(), message: text(), wayOut: text(), detail: Type.Optional(Type.String()) })

/** How a deployment went, as its record has it; null for one that was cancelled before it began. */
export const deployment = () =>
  nullable(
    object({
      release: text('its id'),
      sequence: Type.Optional(Type.Integer({ description: 'its place among all deployments of the project' })),
      number: Type.Optional(nullable(Type.Integer({ description: '12 of v12; null for one that makes no release' }))),
      kind: oneOf(['push', 'pillar', 'deploy', 'rollback', 'procedure']),
      mode: text(),
      status: oneOf([...endStates, 'running']),
      commit: nullable(text()),
      subject: Type.Optional(nullable(text('the first line of what was said of the commit'))),
      pillar_commit: nullable(text()),
      by: text('who asked'),
      started_at: text('UTC'),
      seconds: nullable(Type.Number()),
      previous: nullable(text('the release to which a failure goes back')),
      tree: nullable(text('the release whose files run')),
      branch: nullable(text()),
      before: nullable(text('what the branch was before the push')),
      target: Type.Optional(Type.String({ description: 'where a rollback goes' })),
      procedures: Type.Array(object({ name: text(), milliseconds: Type.Number() })),
      fault: Type.Optional(fault()),
      url: nullable(text('where it answers')),
    }),
  )
