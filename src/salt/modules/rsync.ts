/** rsync.*: copies folders. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { asAccountAt } from '../system/acting-as.ts'
import { reportDict } from '../system/command.ts'
import { rsyncArguments, rsyncCommand } from '../system/rsync.ts'
import { tryRunNow } from '../system/system-command.ts'

export const functions: FunctionTable = {
  rsync: defineFunction({
    does: 'Copies a folder with rsync(1); gives its retcode, stdout and stderr.',
    acts: true,
    arguments: {
      src: { does: 'The folder, here or on another machine.', type: 'text', required: true },
      dst: { does: 'Where it goes.', type: 'text', required: true },
      ...rsyncArguments,
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const done = tryRunNow(
        tools,
        rsyncCommand(args.text('src'), args.text('dst'), args, args.flag('dryrun')),
        args.text('dst').startsWith('/') ? asAccountAt(tools.shell, args.text('dst'), null) : {},
      )
      return reportDict({ pid: 0, retcode: done.status, stdout: done.stdout.trimEnd(), stderr: done.stderr.trimEnd() })
    },
  }),
  version: defineFunction({
    does: 'The version of rsync(1).',
    acts: false,
    arguments: {},
    call: ({ tools }) => /version (\S+)/.exec(tryRunNow(tools, ['rsync', '--version']).stdout)?.[1] ?? '',
  }),
}
