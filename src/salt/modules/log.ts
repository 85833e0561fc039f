/** log.*: lines for those who read the log of a run. */

import type { LogLevel } from '../context/tools.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'

function logFunction(level: LogLevel) {
  return defineFunction({
    does: `Writes a line of level ${level} to the log.`,
    acts: false,
    arguments: { message: { does: 'The line.', type: 'text', required: true } },
    restArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      tools.log(level, args.text('message'))
      return true
    },
  })
}

export const functions: FunctionTable = {
  trace: logFunction('trace'),
  debug: logFunction('debug'),
  info: logFunction('info'),
  warning: logFunction('warning'),
  error: logFunction('error'),
  exception: logFunction('error'),
  critical: logFunction('critical'),
}
