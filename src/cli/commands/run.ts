/** corpus run. */
import { defineCommand } from '../command.ts'

export const runCommand = defineCommand({
  name: 'run',
  does: "Runs a command in the running release's folder and environment, as the project's account; ends with its exit status.",
  arguments: ['NAME', '[COMMAND...]'],
  passesOn: true,
  example: 'corpus run demo node scripts/import.js --dry-run',
  async run(invocation) {
    const { runOnce } = await import('../../controller/run.ts')
    const [name = '', ...words] = invocation.args
    return runOnce(invocation.context, name, words as string[])
  },
})
