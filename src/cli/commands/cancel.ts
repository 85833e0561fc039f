/** corpus cancel. */
import { defineCommand } from '../command.ts'

export const cancelCommand = defineCommand({
  name: 'cancel',
  does: 'Stops the deployment under way, with everything it started, and rolls back; asked again, what hangs in the rollback.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus cancel demo',
  async run(invocation) {
    const { cancel } = await import('../../controller/cancel.ts')
    const { follow } = await import('../../controller/follow.ts')
    const { layout, release } = await cancel(invocation.context, invocation.args[0] ?? '')
    const verdict = await follow(invocation.context, layout, release, () => {})
    invocation.print(
      invocation.json ? `${JSON.stringify({ release, state: verdict.state })}\n` : `${release}: ${verdict.state}\n`,
    )
    // A failed deployment was going back already: what is left of it was stopped, and what ran before runs.
    return verdict.state === 'cancelled' || verdict.state === 'rolled back' ? 0 : 1
  },
})
