/** config set: settings that a project keeps. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, project, text, words } from '../schema.ts'

/** What became of each key. */
export const changedSettings = () =>
  object({
    changed: Type.Array(
      object({
        key: text(),
        before: Type.Optional(Type.Unknown({ description: 'missing where there was none' })),
        after: Type.Optional(Type.Unknown({ description: 'missing where there is none' })),
      }),
    ),
  })

export const configSetRequest = defineRequest({
  name: 'config set',
  does: 'Saves settings. They count from the next deployment on.',
  example: 'corpus config set demo keep_archives=5 data.port=8080',
  params: object({
    name: project(),
    settings: words('KEY=VALUE', 'a dotted key and what it is to be', { settings: 'values' }),
  }),
  answer: changedSettings(),
  http: 'PATCH /projects/{name}/configuration',
  right: 'configure on project',
  kind: 'change',
  async stands(asked, { name, settings }) {
    const { keysOf, settingsStand } = await import('../stands.ts')
    return settingsStand(asked, name, keysOf(settings))
  },
  async run(asked, { name, settings }) {
    const { setConfiguration } = await import('../config.ts')
    return { changed: await setConfiguration(asked, name, settings) }
  },
})
