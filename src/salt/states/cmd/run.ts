/** cmd.run, cmd.wait and cmd.watch: a command line read by a shell. */

import { program } from '../../../shell/programs.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { commandOf, judged, optionsOf, reportDict, reportOf } from '../../system/command.ts'
import { statSync } from '../../system/files.ts'
import { commandArguments } from './arguments.ts'
import { asTold } from './stateful.ts'

export const run = defineState({
  does: 'Runs a command line in a shell at every run; guard it with creates, unless, onlyif or onchanges.',
  arguments: commandArguments,
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runCommand,
  modWatch: runCommand,
  examples: [
    {
      title: 'A command that runs once',
      sls: 'unpack:\n  cmd.run:\n    - name: touch {{ root }}/done\n    - creates: {{ root }}/done\n',
    },
  ],
})

export const wait = defineState({
  does: 'Runs a command line only when a watched state changed.',
  arguments: commandArguments,
  otherArguments: 'Any other argument is accepted and ignored.',
  run: () => succeeded(''),
  modWatch: runCommand,
  examples: [
    {
      title: 'A command that follows a file',
      sls: 'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: x\nreload:\n  cmd.wait:\n    - name: echo reloaded > {{ root }}/log\n    - watch: [{file: conf}]\n',
    },
  ],
})

async function runCommand(call: StateCall): Promise<StateReturn> {
  const { args, tools } = call
  const stateful = statefulness(args.value('stateful'))
  const told = stateful.told ? asTold : (outcome: StateReturn) => outcome
  const env = args.value('env')
  if (env !== null && !Array.isArray(env) && !(env instanceof Dict))
    return failed("Invalidly-formatted 'env' parameter. See documentation.")
  if (call.test && !stateful.testName)
    return told(wouldChange(`Command "${call.name}" would have been executed`, { cmd: call.name }))
  const cwd = args.textOrNone('cwd')
  if (cwd && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    return failed(`Desired working directory "${cwd}" is not available`)
  const line = call.test && stateful.testName ? stateful.testName : call.name
  try {
    const outcome = told(await ran(call, line))
    return call.test && outcome.result && outcome.changes.size ? { ...outcome, result: null } : outcome
  } catch (error) {
    tools.signal?.throwIfAborted()
    return failed((error as Error).message)
  }
}

async function ran(call: StateCall, line: string): Promise<StateReturn> {
  const { args, tools } = call
  const root = args.textOrNone('root')
  const plain = commandOf(line, optionsOf(args, true), tools)
  const command = root ? { ...plain, argv: [program('chroot'), root, ...plain.argv] as const } : plain
  const ended = await tools.shell.run({
    ...command,
    ...(tools.signal ? { signal: tools.signal } : {}),
    ...(args.flag('hide_output') ? {} : { onOutput: piece => tools.progress(Buffer.from(piece).toString('utf8')) }),
  })
  tools.signal?.throwIfAborted()
  const report = judged(reportOf(ended, command), args)
  const shown = args.flag('hide_output') ? { ...report, stdout: '', stderr: '' } : report
  const fine = report.retcode === 0 || (ended.timedOut && args.flag('ignore_timeout'))
  const changes = reportDict(fine ? { ...shown, retcode: 0 } : shown)
  return fine ? succeeded(`Command "${line}" run`, changes) : failed(`Command "${line}" run`, changes)
}

/** `stateful: true`, or a list whose first mapping may name the command of test mode. */
function statefulness(value: Value): { told: boolean; testName: string | null } {
  if (!Array.isArray(value)) return { told: value === true, testName: null }
  const [first] = value
  const name = first instanceof Dict ? first.get('test_name') : undefined
  return { told: value.length > 0, testName: name === undefined ? null : textOf(name) }
}
