/** cmd.script and cmd.wait_script: a file of the tree, run as a program. */

import { isAbsolute, join } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { commandOf, judged, optionsOf, reportDict, reportOf } from '../../system/command.ts'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from '../../system/files.ts'
import { shellQuote } from '../../system/shell-words.ts'
import { commandArguments } from './arguments.ts'
import { asTold } from './stateful.ts'

const scriptArguments: Arguments = {
  source: { does: 'The script: a salt:// address or a path; default: the name.', type: 'text' },
  template: { does: 'Renders the script first: jinja.', type: 'text' },
  ...commandArguments,
  args: { does: 'What follows the script on its command line, as the shell reads it.', type: 'text' },
  defaults: { does: 'Values for the template, lowest.', type: 'mapping' },
  context: { does: 'Values for the template.', type: 'mapping' },
}

export const script = defineState({
  does: 'Runs a script of the tree at every run; guard it with creates, unless, onlyif or onchanges.',
  arguments: scriptArguments,
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runScript,
  modWatch: runScript,
})

export const waitScript = defineState({
  does: 'Runs a script of the tree only when a watched state changed.',
  arguments: scriptArguments,
  otherArguments: 'Any other argument is accepted and ignored.',
  run: () => succeeded(''),
  modWatch: runScript,
})

async function runScript(call: StateCall): Promise<StateReturn> {
  const { args } = call
  const told = args.flag('stateful') ? asTold : (outcome: StateReturn) => outcome
  const env = args.value('env')
  if (env !== null && !Array.isArray(env) && !(env instanceof Dict))
    return failed("Invalidly-formatted 'env' parameter. See documentation.")
  for (const name of ['context', 'defaults']) {
    const value = args.value(name)
    if (value !== null && value !== '' && !(value instanceof Dict))
      return failed(`Invalidly-formatted '${name}' parameter. Must be formed as a dict.`)
  }
  if (call.test) return told(wouldChange(`Command '${call.name}' would have been executed`))
  const cwd = args.textOrNone('cwd')
  if (cwd && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    return failed(`Desired working directory "${cwd}" is not available`)
  try {
    return told(await ran(call))
  } catch (error) {
    call.tools.signal?.throwIfAborted()
    return failed((error as Error).message)
  }
}

async function ran(call: StateCall): Promise<StateReturn> {
  const { args, tools } = call
  const source = args.textOrNone('source') ?? call.name
  const [, ...words] = call.name.split(' ')
  const line = args.textOrNone('args') || words.join(' ')
  const text = await textOfScript(call, source)
  if (text === null) {
    const changes = { pid: 0, retcode: 1, stdout: '', stderr: '', cache_error: true }
    return failed(`Unable to cache script ${source} from saltenv 'base'`, changes)
  }
  const folder = mkdtempSync(join(tools.scratch(), 'script-'))
  try {
    const file = join(folder, source.split('/').at(-1) || 'script')
    writeFileSync(file, text, { mode: 0o700 })
    const command = commandOf(`${shellQuote(file)} ${line}`.trimEnd(), optionsOf(args, true), tools)
    if (command.user) {
      chmodSync(folder, 0o755)
      chmodSync(file, 0o500)
      chownSync(file, command.user.uid, command.user.gid)
    }
    const ended = await tools.shell.run({ ...command, ...(tools.signal ? { signal: tools.signal } : {}) })
    tools.signal?.throwIfAborted()
    const report = judged(reportOf(ended, command), args)
    const changes = reportDict(args.flag('hide_output') ? { ...report, stdout: '', stderr: '' } : report)
    const comment = `Command '${call.name}' run`
    return report.retcode === 0 ? succeeded(comment, changes) : failed(comment, changes)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function textOfScript(call: StateCall, source: string): Promise<string | Buffer | null> {
  const { args, tools } = call
  const address = source.startsWith('salt://') ? source : (source.split(' ')[0] ?? '')
  const file = isAbsolute(address) ? address : tools.files.find(address)
  if (file === null || !statSync(file, { throwIfNoEntry: false })?.isFile()) return null
  const engine = args.textOrNone('template')
  if (!engine) return readFileSync(file)
  const context = new Dict()
  for (const values of [args.mapping('defaults'), args.mapping('context')])
    for (const [key, value] of values) context.set(key, value)
  return tools.render({ path: address, text: readFileSync(file, 'utf8') }, context, engine)
}
