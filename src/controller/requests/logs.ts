/** logs: what a deployment said, or the application says. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, nullable, object, oneOf, option, project, text, wordThere } from '../schema.ts'
import { endStates, fault } from './answers.ts'

const at = () => Type.Integer({ description: 'milliseconds since 1970' })
const milliseconds = () => Type.Number()
const maybe = () => Type.Optional(nullable(text()))

/** What is in events.ndjson of a deployment. */
const event = () =>
  Type.Union([
    object({
      type: Type.Literal('started'),
      project: text(),
      mode: text(),
      release: text(),
      name: maybe(),
      commit: nullable(text()),
      subject: maybe(),
      by: text(),
      kind: text(),
      at: at(),
    }),
    object({ type: Type.Literal('procedure'), procedure: text(), phase: Type.Literal('begin'), at: at() }),
    object({
      type: Type.Literal('procedure'),
      procedure: text(),
      phase: oneOf(['done', 'failed']),
      milliseconds: milliseconds(),
      at: at(),
    }),
    object({
      type: Type.Literal('procedure'),
      procedure: text(),
      phase: Type.Literal('skipped'),
      because: text(),
      at: at(),
    }),
    object({
      type: Type.Literal('state'),
      id: text(),
      fun: text(),
      result: nullable(Type.Boolean()),
      changed: Type.Boolean(),
      comment: text(),
      milliseconds: milliseconds(),
      at: at(),
    }),
    object({ type: Type.Literal('state-begun'), id: text(), at: at() }),
    object({
      type: Type.Literal('note'),
      level: oneOf(['info', 'notice', 'warning', 'error']),
      text: text(),
      at: at(),
    }),
    object({ type: Type.Literal('output'), text: text(), at: at() }),
    object({ type: Type.Literal('fault'), fault: fault(), at: at() }),
    object({ type: Type.Literal('rollback'), to: nullable(text()), toName: maybe(), fromName: maybe(), at: at() }),
    object({
      type: Type.Literal('ended'),
      state: oneOf(endStates),
      milliseconds: milliseconds(),
      url: nullable(text()),
      running: nullable(text()),
      runningName: maybe(),
      at: at(),
    }),
  ])

const line = () =>
  object({
    instance: text(),
    process: text('`web.1`'),
    release: text(),
    time: text('UTC; empty where the log has none'),
    text: text(),
  })

export const logsRequest = defineRequest({
  name: 'logs',
  does: 'Prints the log of a deployment: the one under way, else the newest. With --app, what the application says. As JSON an object a line.',
  example: 'corpus logs demo --follow',
  params: object({
    name: project(),
    release: wordThere('RELEASE', 'v12, a release id or its beginning'),
    follow: flag('go on until it ends, and end with its status', { letter: 'f' }),
    app: flag('the last lines of the processes; with --follow each line as it comes'),
    process: option('NAME', 'with --app: only web, or only web.1'),
    lines: Type.Optional(
      Type.Integer({
        flag: 'COUNT',
        description: 'with --app: how many, 100 without it',
        minimum: 0,
        maximum: 999_999,
      }),
    ),
    deployment: option('RELEASE', 'the same, as an option'),
    verbose: flag('every procedure, and those that were skipped'),
  }),
  answer: Type.Array(Type.Union([event(), line()])),
  json: 'lines',
  http: 'GET /projects/{name}/logs',
  right: 'logs on project',
  kind: 'read',
  async run(asked, { name, release, ...choice }) {
    const { logsAnswered } = await import('../logs-asked.ts')
    return logsAnswered(asked, name, release === undefined ? choice : { deployment: release, ...choice })
  },
})
