/** deploy: the deploy branch as it stands. */
import { flag, object, options, project } from '../schema.ts'
import { defineJob } from './job.ts'

export const deployRequest = defineJob({
  name: 'deploy',
  does: 'Deploys the deploy branch as it stands, with all that the mode says.',
  example: 'corpus deploy demo --only reconfigure,activate',
  params: object({
    name: project(),
    only: options('A,B', 'these procedures alone', { split: true }),
    skip: options('A,B', 'all but these procedures', { split: true }),
    plan: flag('print what would run, and run nothing'),
    verbose: flag('tell of every procedure, and of those that are skipped'),
    restart: flag('start every process anew although nothing changed'),
    set: options('KEY=VALUE', 'a setting for this deployment alone', { settings: 'values' }),
  }),
  http: 'POST /projects/{name}/deploy',
  right: 'deploy on project',
  async begin(asked, { name, set, ...choice }, caller) {
    const [{ deploy }, { settingsLayer }] = await Promise.all([
      import('../deploy.ts'),
      import('../../configuration/setting.ts'),
    ])
    // What is no setting is refused before anything is asked for.
    settingsLayer(set ?? [])
    const settings = set?.map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
    return deploy(asked, name, caller.name, {
      ...choice,
      arguments: settings && Object.fromEntries(settings),
    })
  },
})
