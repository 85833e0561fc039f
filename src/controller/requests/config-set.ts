/** config set: settings that a project keeps. */
import { Type } from '@sinclair/typebox'
import { settingNames } from '../../configuration/settings/index.ts'
import { CorpusError } from '../../kernel/errors.ts'
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
    settings: Type.Optional(words('KEY=VALUE', 'a dotted key and what it is to be', { settings: 'values' })),
    merge: Type.Optional(
      Type.Unsafe<unknown>({
        flag: 'JSON',
        description: 'a mapping that is merged into what is saved (RFC 7386): null takes a setting back',
        settings: 'merge',
        media: 'application/merge-patch+json',
        plainNames: settingNames,
      }),
    ),
    patch: Type.Optional(
      Type.Unsafe<unknown>({
        flag: 'JSON',
        description:
          'a list of operations on what `config get` shows (RFC 6902): all of them hold, or nothing is changed',
        settings: 'patch',
        media: 'application/json-patch+json',
      }),
    ),
  }),
  answer: changedSettings(),
  http: 'PATCH /projects/{name}/configuration',
  right: 'configure on project',
  kind: 'change',
  changes: 'config get',
  async stands(asked, { name, ...given }) {
    const { settingsGiven, settingsStand } = await import('../stands.ts')
    return settingsStand(asked, name, settingsGiven(given))
  },
  async run(asked, { name, settings, merge, patch }) {
    if ([settings, merge, patch].filter(one => one !== undefined).length !== 1)
      throw new CorpusError('USAGE', 'Say KEY=VALUE, or one of --merge and --patch.')
    const { mergeConfiguration, patchConfiguration, setConfiguration } = await import('../config.ts')
    if (merge !== undefined) return { changed: await mergeConfiguration(asked, name, merge) }
    if (patch !== undefined) return { changed: await patchConfiguration(asked, name, patch) }
    return { changed: await setConfiguration(asked, name, settings ?? []) }
  },
})
