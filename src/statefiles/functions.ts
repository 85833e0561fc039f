/** corpus's own execution functions, as makina-states named them: `salt['mc_project.get_configuration'](name)`. */
import { readSaved, withSettings, writeSaved } from '../configuration/saved.ts'
import type { ApplicationWorld } from '../deployment/application-world.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { projectName, shown } from '../kernel/names.ts'
import { defineFunction, type FunctionDefinition } from '../salt/definition/define.ts'
import { executionError } from '../salt/definition/exceptions.ts'
import { Dict } from '../salt/python/dict.ts'
import { applicationFunctions } from './application-functions.ts'
import { containerFunctions } from './container-functions.ts'
import { inWordsOfStates, utilityFunctions } from './utility-functions.ts'

export function projectFunctions(world: ApplicationWorld): Readonly<Record<string, FunctionDefinition>> {
  const { layout, cfg } = world
  return {
    ...applicationFunctions(world),
    ...containerFunctions(world),
    ...utilityFunctions(world),
    'mc_project.get_configuration': defineFunction({
      does: 'The configuration of the project, by reference; of another project as it was last deployed, as a copy.',
      acts: false,
      arguments: { name: { does: 'The project; default: the one that is deployed.', type: 'text' } },
      call: ({ args }) => {
        const name = args.value('name')
        // Where a template has no name of its own called cfg, it hands over the configuration itself.
        if (name === null || name instanceof Dict || name === layout.name) return cfg
        return configurationOf(layout, args.text('name'))
      },
    }),
    'mc_project.set_configuration': defineFunction({
      does: 'Saves settings of the project, and sets them in the configuration of this deployment.',
      acts: false,
      arguments: {
        name: { does: 'The project; only the one that is deployed.', type: 'text' },
        cfg: { does: 'Settings to save.', type: 'mapping' },
      },
      otherArguments: 'Each is a setting.',
      call: ({ args }) => {
        const settings = new Dict()
        const whole = args.value('cfg')
        if (whole instanceof Dict) for (const [key, value] of whole) settings.set(key, value)
        for (const [key, value] of args.others) settings.set(key, value)
        for (const [key, value] of settings) cfg.set(key, value)
        if (!world.rehearsal)
          writeSaved(layout.savedConfiguration, withSettings(readSaved(layout.savedConfiguration), settings))
        return cfg
      },
    }),
  }
}

function configurationOf({ root }: ProjectLayout, name: string): Dict {
  const snapshot = inWordsOfStates(() => readSaved(projectLayout(root, projectName(name)).savedConfiguration).snapshot)
  if (snapshot === null) throw executionError(`There is no project ${shown(name)} that was ever deployed here`)
  return snapshot
}

/** The functions of a project without one, for those who only read what they do. */
export function ownFunctions(): Readonly<Record<string, FunctionDefinition>> {
  return projectFunctions({ layout: projectLayout('/', projectName('name')), cfg: new Dict() })
}
