/** file.patch: a patch, applied to a file or a folder by patch(1). */

import { isAbsolute } from 'node:path'
import { type Program, program } from '../../../shell/programs.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { asAccountAt } from '../../system/acting-as.ts'
import { type CommandReport, reportDict, reportOf } from '../../system/command.ts'
import { readFileSync } from '../../system/files.ts'
import { shellWords } from '../../system/shell-words.ts'
import { sourceArguments, templateArguments } from './arguments.ts'
import { statsOf } from './attributes.ts'
import { templateContext } from './contents.ts'
import { chooseSource, fetchSource } from './source.ts'

export const patch = defineState({
  does: 'Applies a patch to a file or a folder that does not have it yet.',
  arguments: {
    ...sourceArguments,
    ...templateArguments,
    options: { does: 'Options of patch(1).', type: 'text', default: '' },
    reject_file: { does: 'Where rejected parts go; default nowhere.', type: 'path' },
    strip: { does: 'How many folders are cut from the names in the patch.', type: 'whole number' },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runPatch,
})

async function runPatch(call: StateCall): Promise<StateReturn> {
  const { args, name, test, tools } = call
  if (!isAbsolute(name)) return failed(`${name} is not an absolute path`)
  const there = statsOf(name)
  if (!there) return failed(`${name} does not exist`)
  if (there.isDirectory() && args.numberOrNone('strip') === null && !/(^|\s)(-p|--strip)/.test(args.text('options')))
    return failed("For a directory 'strip' must be given")
  const wanted = chooseSource(args.value('source'), args.textOrNone('source_hash') || null, tools)
  if (!wanted) return failed('A source is required')
  const options = {
    skipVerify: args.flag('skip_verify'),
    hashName: args.textOrNone('source_hash_name'),
    target: name,
  }
  const source = fetchSource(wanted, tools, options)
  if (typeof source === 'string') return failed(source)
  const engine = args.textOrNone('template')
  const text = readFileSync(source.file)
  const context = templateContext(call, { source: wanted.address })
  const input = engine ? await tools.render({ path: source.file, text: String(text) }, context, engine) : text
  return applied(call, input, test)
}

async function applied(call: StateCall, text: string | Uint8Array, test: boolean): Promise<StateReturn> {
  const trial = await run(call, text, ['--dry-run'])
  if (trial.retcode !== 0) {
    const reverse = await run(call, text, ['--dry-run', '-R', '-f'])
    if (reverse.retcode === 0) return succeeded('Patch was already applied')
    const said = [
      ...(trial.stdout ? [`\nSTDOUT:\n${trial.stdout}`] : []),
      ...(trial.stderr ? [`\nSTDERR:\n${trial.stderr}`] : []),
    ]
    const comment = 'Patch would not apply cleanly, no changes made. Results of dry-run are below.'
    return failed(comment + said.join(''))
  }
  if (test) return wouldChange('The patch would be applied', reportDict(trial))
  const report = await run(call, text, [])
  const changes = reportDict(report)
  return report.retcode === 0
    ? succeeded('Patch successfully applied', changes)
    : failed('Failed to apply patch', changes)
}

async function run(call: StateCall, text: string | Uint8Array, extra: readonly string[]): Promise<CommandReport> {
  const { args, name, tools } = call
  const strip = args.numberOrNone('strip')
  const argv = [
    program('patch'),
    ...shellWords(args.text('options')),
    ...(strip === null ? [] : [`--strip=${strip}`]),
    ...(extra.includes('-R') ? [] : ['--forward']),
    `--reject-file=${args.textOrNone('reject_file') ?? '-'}`,
    ...extra,
    ...(statsOf(name)?.isDirectory() ? ['-d', name] : ['--', name]),
  ] as [Program, ...string[]]
  const command = { argv, input: text, ...asAccountAt(tools.shell, name, null) }
  return reportOf(await tools.shell.run(command), command)
}
