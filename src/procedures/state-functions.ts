/** corpus's own execution functions, as makina-states named them: `salt['mc_project.get_configuration'](name)`. */
import { readSaved, withSettings, writeSaved } from '../configuration/saved.ts'
import { projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { Dict } from '../python/dict.ts'
import { defineFunction, type FunctionDefinition } from '../states/define.ts'
import { type ApplicationWorld, applicationFunctions } from './application-functions.ts'

export function projectFunctions(world: ApplicationWorld): Readonly<Record<string, FunctionDefinition>> {
  const { layout, cfg } = world
  return {
    ...applicationFunctions(world),
    'mc_project.get_configuration': defineFunction({
      does: 'The configuration of the project, by reference.',
      arguments: { name: { does: 'The project; only the one that is deployed.', type: 'text' } },
      call: () => cfg,
    }),
    'mc_project.set_configuration': defineFunction({
      does: 'Saves settings of the project, and sets them in the configuration of this deployment.',
      arguments: {
        name: { does: 'The project; only the one that is deployed.', type: 'text' },
        cfg: { does: 'Settings to save.', type: 'mapping' },
      },
      otherArguments: 'Each is a setting.',
      call: ({ given }) => {
        const settings = new Dict()
        const whole = given.value('cfg')
        if (whole instanceof Dict) for (const [key, value] of whole) settings.set(key, value)
        for (const [key, value] of given.others) settings.set(key, value)
        for (const [key, value] of settings) cfg.set(key, value)
        if (!world.rehearsal)
          writeSaved(layout.savedConfiguration, withSettings(readSaved(layout.savedConfiguration), settings))
        return cfg
      },
    }),
  }
}

/** The same without a project, for those who only read what they do. */
export function ownFunctions(): Readonly<Record<string, FunctionDefinition>> {
  return projectFunctions({ layout: projectLayout('/', projectName('name')), cfg: new Dict() })
}
