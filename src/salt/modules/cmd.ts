/** cmd.*: commands that templates run; without `python_shell` the text is split into words, not read by a shell. */

import { delimiter, isAbsolute, join } from 'node:path'
import { program } from '../../shell/programs.ts'
import { type Arguments, defineFunction, type FunctionCall, type FunctionTable } from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { type CommandReport, commandOf, judged, optionsOf, reportDict, reportOf } from '../system/command.ts'
import {
  accessSync,
  chmodSync,
  constants,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from '../system/files.ts'
import { shellQuote } from '../system/shell-words.ts'

const common: Arguments = {
  cwd: { does: 'The folder it runs in; default: the home of the account.', type: 'path' },
  stdin: { does: 'Text given to it on standard input.', type: 'text' },
  runas: { does: 'The account it runs as.', type: 'text' },
  group: { does: 'Accepted and ignored.', type: 'text' },
  shell: { does: 'The shell that reads it; default: the grain `shell`.', type: 'path' },
  python_shell: { does: 'Lets the shell read it; otherwise it is split into words.', type: 'boolean' },
  env: { does: 'Environment variables: a mapping, or a list of mappings or of VAR=value.', type: 'any' },
  clean_env: { does: 'Starts from an empty environment.', type: 'boolean', default: false },
  rstrip: { does: 'Accepted; blanks at the end of the output are always cut.', type: 'boolean', default: true },
  umask: { does: 'The umask it runs with, octal.', type: 'mode' },
  timeout: { does: 'Seconds it may take; it is killed with its children then.', type: 'number' },
  ignore_retcode: { does: 'Accepted; a template is never stopped by an exit status.', type: 'boolean', default: false },
  raise_err: { does: 'Stops the template when the command fails.', type: 'boolean', default: false },
  prepend_path: { does: 'A folder put in front of PATH.', type: 'path' },
  success_retcodes: { does: 'Exit statuses that count as success too.', type: 'list' },
  success_stdout: { does: 'Outputs that count as success whatever the status.', type: 'list' },
  success_stderr: { does: 'Error outputs that count as success whatever the status.', type: 'list' },
  redirect_stderr: { does: 'Puts error output among the output.', type: 'boolean', default: false },
}
const command: Arguments = {
  cmd: { does: 'The command line, or a list of words.', type: 'any', required: true },
  ...common,
}
const script: Arguments = {
  source: { does: 'The script: a salt:// address or a path.', type: 'text', required: true },
  args: { does: 'What follows the script on its command line.', type: 'any' },
  template: { does: 'Renders the script first: jinja.', type: 'text' },
  context: { does: 'Values for the template.', type: 'mapping' },
  ...common,
}
const ignored = 'Any other argument is accepted and ignored.'

function commandFunction(does: string, call: (call: FunctionCall) => Value) {
  return defineFunction({ does, acts: true, arguments: command, otherArguments: ignored, call })
}

const code: Arguments = {
  lang: { does: 'The interpreter.', type: 'text', required: true },
  code: { does: 'The program.', type: 'text', required: true },
  cwd: { does: 'The folder it runs in.', type: 'path' },
  args: { does: 'Arguments of the program.', type: 'text or list' },
}

export const functions: FunctionTable = {
  run: commandFunction('Runs a command and gives its output and error output as one text.', call =>
    raised(call, ran(call, { merge: true })),
  ),
  shell: commandFunction('Runs a command line in a shell and gives its output and error output as one text.', call =>
    raised(call, ran(call, { merge: true, inShell: true })),
  ),
  run_stdout: commandFunction('Runs a command and gives its output.', call => raised(call, ran(call))),
  run_stderr: commandFunction('Runs a command and gives its error output.', call => ran(call).stderr),
  run_all: commandFunction('Runs a command and gives its pid, retcode, stdout and stderr.', call =>
    reportDict(ran(call, { merge: call.args.flag('redirect_stderr') })),
  ),
  retcode: commandFunction('Runs a command and gives its exit status.', call => ran(call).retcode),
  script: defineFunction({
    does: 'Runs a script of the tree and gives its pid, retcode, stdout and stderr.',
    acts: true,
    arguments: script,
    otherArguments: ignored,
    call: call => reportDict(ranScript(call)),
  }),
  script_retcode: defineFunction({
    does: 'Runs a script of the tree and gives its exit status.',
    acts: true,
    arguments: script,
    otherArguments: ignored,
    call: call => ranScript(call).retcode,
  }),
  exec_code: defineFunction({
    does: 'Runs a program text in an interpreter and gives its output.',
    acts: true,
    arguments: code,
    otherArguments: ignored,
    call: call => ranCode(call).stdout,
  }),
  exec_code_all: defineFunction({
    does: 'Runs a program text in an interpreter and gives its pid, retcode, stdout and stderr.',
    acts: true,
    arguments: code,
    otherArguments: ignored,
    call: call => reportDict(ranCode(call)),
  }),
  which: defineFunction({
    does: 'The path of a program, or None.',
    acts: false,
    arguments: { cmd: { does: 'Its name.', type: 'text', required: true } },
    call: call => which(call.args.text('cmd'), call),
  }),
  which_bin: defineFunction({
    does: 'The path of the first of several programs that is there, or None.',
    acts: false,
    arguments: { cmds: { does: 'Their names.', type: 'list', required: true } },
    call: call =>
      call.args
        .texts('cmds')
        .map(name => which(name, call))
        .find(path => path !== null) ?? null,
  }),
  has_exec: defineFunction({
    does: 'Whether a program is there.',
    acts: false,
    arguments: { cmd: { does: 'Its name.', type: 'text', required: true } },
    call: call => which(call.args.text('cmd'), call) !== null,
  }),
  shells: defineFunction({
    does: 'The shells of /etc/shells.',
    acts: false,
    arguments: {},
    call: () =>
      readFileSync('/etc/shells', 'utf8')
        .split('\n')
        .filter(line => line.startsWith('/')),
  }),
}

interface RunOptions {
  /** Error output among the output, in the order in which they come. */
  readonly merge?: boolean
  readonly inShell?: boolean
}

function ran(call: FunctionCall, { merge = false, inShell }: RunOptions = {}): CommandReport {
  const { args, tools } = call
  const options = optionsOf(args, inShell ?? args.flag('python_shell'))
  const made = commandOf(args.value('cmd'), { ...options, cleanEnvironment: args.flag('clean_env') }, tools)
  const merged = merge ? { ...made, argv: [program('sh'), '-c', 'exec "$@" 2>&1', 'sh', ...made.argv] as const } : made
  if (which(made.argv[0], call) === null && !isAbsolute(made.argv[0]))
    throw executionError(
      `Unable to run command '${JSON.stringify(made.argv)}' with the context, reason: [Errno 2] No such file or directory: '${made.argv[0]}'`,
    )
  return judged(reportOf(tools.shell.runSync(merged), made), args)
}

function raised(call: FunctionCall, report: CommandReport): string {
  if (call.args.flag('raise_err') && report.retcode !== 0)
    throw executionError(
      `Command '${textOf(call.args.value('cmd'))}' failed with status ${report.retcode}: ${report.stdout}`,
    )
  return report.stdout
}

function ranScript(call: FunctionCall): CommandReport {
  const { args, tools } = call
  const source = args.text('source')
  const file = isAbsolute(source) ? source : tools.files.find(source)
  if (file === null || !statSync(file, { throwIfNoEntry: false })?.isFile())
    return { pid: 0, retcode: 1, stdout: '', stderr: '' }
  const engine = args.textOrNone('template')
  const raw = readFileSync(file)
  const text = engine
    ? tools.render({ path: source, text: raw.toString('utf8') }, args.mapping('context'), engine)
    : raw
  return inScratch(
    call,
    source.split('/').at(-1) ?? 'script',
    text,
    path => `${shellQuote(path)} ${wordsOf(args.value('args'))}`,
  )
}

function ranCode(call: FunctionCall): CommandReport {
  const { args } = call
  const line = (path: string) => `${args.text('lang')} ${shellQuote(path)} ${wordsOf(args.value('args'))}`
  return inScratch(call, 'code', args.text('code'), line)
}

function inScratch(
  call: FunctionCall,
  name: string,
  text: string | Uint8Array,
  line: (path: string) => string,
): CommandReport {
  const { args, tools } = call
  const folder = mkdtempSync(join(tools.scratch(), 'script-'))
  try {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o700 })
    if (args.textOrNone('runas')) {
      chmodSync(folder, 0o755)
      chmodSync(path, 0o755)
    }
    const made = commandOf(line(path).trimEnd(), optionsOf(args, true), tools)
    return judged(reportOf(tools.shell.runSync(made), made), args)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function wordsOf(args: Value): string {
  if (Array.isArray(args)) return args.map(word => shellQuote(textOf(word))).join(' ')
  return truthOf(args) && !(args instanceof Dict) ? textOf(args) : ''
}

function which(name: string, { tools }: FunctionCall): string | null {
  if (name === '') return null
  if (name.includes('/')) return runnable(name) ? name : null
  for (const folder of (tools.environment.get('PATH') ?? '/usr/bin:/bin').split(delimiter)) {
    const path = join(folder || '.', name)
    if (runnable(path)) return path
  }
  return null
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
