/** corpus logs. */
import { textIfThere } from '../../kernel/files.ts'
import { defineCommand, textOption } from '../command.ts'

export const logsCommand = defineCommand({
  name: 'logs',
  does: 'Prints the log of a deployment: the one under way, else the newest.',
  arguments: ['NAME'],
  options: [
    { flags: '--follow', does: 'go on until it ends, and end with its status' },
    { flags: '--deployment ID', does: 'the beginning of a release id is enough' },
  ],
  answers: true,
  example: 'corpus logs demo --follow',
  async run(invocation) {
    const { deploymentLog, eventsText } = await import('../../controller/logs.ts')
    const { layout, release } = await deploymentLog(
      invocation.context,
      invocation.args[0] ?? '',
      textOption(invocation, 'deployment'),
    )
    if (invocation.options['follow'] === true) {
      const { follow } = await import('../../controller/follow.ts')
      const verdict = await follow(invocation.context, layout, release, invocation.json ? () => {} : invocation.print)
      if (invocation.json) invocation.print(eventsText(layout, release))
      return verdict.status
    }
    invocation.print(
      invocation.json ? eventsText(layout, release) : (textIfThere(layout.deployment(release).output) ?? ''),
    )
    return 0
  },
})
