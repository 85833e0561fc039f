/** init: a project is made, or mended. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, oneOf, option, options, project, text } from '../schema.ts'

export const initRequest = defineRequest({
  name: 'init',
  does: 'Makes a project, or repairs what is missing of one. In a clone, which it gives a remote to push to, NAME is that of the folder.',
  example: 'corpus init shop',
  params: object({
    name: project({ inClone: 'folder' }),
    mode: option('MODE', 'cooking (without a word of it: a push builds), final or editable; see corpus modes'),
    env: option('ENV', 'dev, staging or prod: gives the mode where none is named'),
    installer: option(
      'INSTALLER',
      'auto (without a word of it: asks what is pushed), static, nodejs, …, generic (state files only), an absolute path, or a folder inside .salt',
    ),
    origin: option('URL', 'where the project comes from'),
    pillar_origin: option('URL', 'where its pillar comes from'),
    set: options('KEY=VALUE', 'a setting; may be given several times', { settings: 'values' }),
    verbose: flag('say all that was made'),
  }),
  answer: object({
    name: text(),
    home: text('its folder'),
    done: Type.Array(text(), { description: 'a sentence for each thing; none where all was there' }),
    new: Type.Boolean({ description: 'there was no such project before' }),
    mode: oneOf(['editable', 'cooking', 'final']),
    installer: text('`auto` asks each push'),
    branches: Type.Array(text(), { description: 'a push to the first of these that is there deploys' }),
  }),
  http: 'POST /projects',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { projectStands } = await import('../stands.ts')
    return projectStands(asked, name)
  },
  async run(asked, { name, pillar_origin, ...choice }) {
    const [{ init }, { branchesToPush }] = await Promise.all([
      import('../init.ts'),
      import('../../project/hook-settings.ts'),
    ])
    const { layout, done, isNew, mode, installer } = await init(asked, name, { ...choice, pillarOrigin: pillar_origin })
    return {
      name: layout.name,
      home: layout.home,
      done,
      new: isNew,
      mode,
      installer,
      branches: branchesToPush(layout),
    }
  },
})
