/** corpus deploy, and the commands that run one procedure alone. */
import { settingsLayer } from '../../configuration/setting.ts'
import { procedures } from '../../procedures/index.ts'
import { type CommandDefinition, defineCommand, listOption } from '../command.ts'
import { showDeployment } from './follow.ts'

export const deployCommand = defineCommand({
  name: 'deploy',
  does: 'Deploys the deploy branch as it stands, with all that the mode says.',
  arguments: ['NAME'],
  options: [
    { flags: '--only A,B', does: 'these procedures alone' },
    { flags: '--skip A,B', does: 'all but these procedures' },
    { flags: '--plan', does: 'print what would run, and run nothing' },
    { flags: '--verbose', does: 'tell of every procedure, and of those that are skipped' },
    { flags: '--restart', does: 'start every process anew although nothing changed' },
    { flags: '--set KEY=VALUE', does: 'a setting for this deployment alone', many: true },
  ],
  answers: true,
  example: 'corpus deploy demo --only reconfigure,activate',
  async run(invocation) {
    const { deploy } = await import('../../controller/deploy.ts')
    const settings = listOption(invocation, 'set')
    const begun = await deploy(invocation.context, invocation.args[0] ?? '', invocation.by, {
      only: listOption(invocation, 'only'),
      skip: listOption(invocation, 'skip'),
      plan: invocation.options['plan'] === true,
      restart: invocation.options['restart'] === true,
      verbose: invocation.options['verbose'] === true,
      arguments: settings && argumentsOf(settings),
    })
    return showDeployment(invocation, begun)
  },
})

/** Throws SETTING_INVALID. */
function argumentsOf(settings: readonly string[]): Record<string, string> {
  settingsLayer(settings)
  return Object.fromEntries(settings.map(text => [text.split('=')[0], text.slice(text.indexOf('=') + 1)]))
}

/** `rollback` has a command of its own, that takes a release. */
export const procedureCommands: readonly CommandDefinition[] = procedures
  .filter(procedure => procedure.name !== 'rollback')
  .map(procedure =>
    defineCommand({
      name: procedure.name,
      does: `Runs one procedure alone. ${procedure.does}`,
      arguments: ['NAME'],
      answers: true,
      example: `corpus ${procedure.name} demo`,
      async run(invocation) {
        const { runProcedure } = await import('../../controller/deploy.ts')
        return showDeployment(
          invocation,
          await runProcedure(invocation.context, invocation.args[0] ?? '', invocation.by, procedure.name),
        )
      },
    }),
  )
