/** rsync.*: folders that are as others are. */

import { defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { asAccountAt } from '../system/acting-as.ts'
import { existsSync, mkdirSync } from '../system/files.ts'
import { rsyncArguments, rsyncChanges, rsyncCommand, rsyncSummary } from '../system/rsync.ts'
import { tryRun } from '../system/system-command.ts'

const synchronized = defineState({
  does: 'Sees that a folder is as another one is, with rsync(1); `name` is the destination.',
  arguments: {
    source: {
      does: 'The folder, here or on another machine; with a slash at its end, what is in it.',
      type: 'text',
      required: true,
    },
    ...rsyncArguments,
    prepare: { does: 'Makes the destination.', type: 'boolean', default: false },
  },
  run: synchronize,
})

export const states: StateTable = { synchronized }

async function synchronize(call: StateCall): Promise<StateReturn> {
  const { name, args, tools, test } = call
  if (!existsSync(name)) {
    if (!args.flag('force') && !args.flag('prepare')) return failed(`Destination directory ${name} was not found.`)
    if (args.flag('prepare') && !test) mkdirSync(name, { recursive: true })
  }
  const dryRun = test || args.flag('dryrun')
  const done = await tryRun(
    tools,
    rsyncCommand(args.text('source'), name, args, dryRun),
    asAccountAt(tools.shell, name, null),
  )
  const output = done.stdout.trimEnd()
  if (!done.ok) return failed(done.stderr.trimEnd())
  if (dryRun) return wouldChange(rsyncSummary(output))
  return succeeded(rsyncSummary(output), rsyncChanges(output) ?? {})
}
