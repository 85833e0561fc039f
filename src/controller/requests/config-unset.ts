/** config unset: what config set saved is taken back. */
import { defineRequest } from '../request.ts'
import { object, project, words } from '../schema.ts'
import { changedSettings } from './config-set.ts'

export const configUnsetRequest = defineRequest({
  name: 'config unset',
  does: 'Takes saved settings back, so that pillar and defaults show again.',
  example: 'corpus config unset demo data.port',
  params: object({ name: project(), keys: words('KEY', 'a dotted key', { settings: 'keys' }) }),
  answer: changedSettings(),
  http: 'POST /projects/{name}/configuration/unset',
  right: 'configure on project',
  kind: 'change',
  changes: 'config get',
  async stands(asked, { name, keys }) {
    const { settingsStand } = await import('../stands.ts')
    return settingsStand(asked, name, keys)
  },
  async run(asked, { name, keys }) {
    const { setConfiguration } = await import('../config.ts')
    return { changed: await setConfiguration(asked, name, [], keys) }
  },
})
