/** The command line: reads words, calls one request, and ends with a documented status. */
import { userInfo } from 'node:os'
import { Command } from 'commander'
import type { Context } from '../controller/context.ts'
import { CorpusError, catalogue, faultOf } from '../kernel/errors.ts'
import type { CommandDefinition, Doors, Invocation } from './command.ts'
import { commands } from './commands/index.ts'

/** Runs one command line; returns its exit status. Never throws. */
export async function runCommandLine(
  argv: readonly string[],
  context: Context,
  version: string,
  doors: Doors,
): Promise<number> {
  let status = 0
  const dashes = argv.indexOf('--')
  const rest = dashes < 0 ? [] : argv.slice(dashes + 1)
  const program = programOf(version, async (definition, args, options) => {
    const root = typeof options['root'] === 'string' ? options['root'] : context.root
    const invocation: Invocation = {
      context: { ...context, root },
      args,
      rest,
      options,
      json: options['json'] === true,
      doors,
      by: whoAsks(),
      print: text => process.stdout.write(text),
    }
    status = await definition.run(invocation)
  })
  if (argv.length === 0) {
    program.outputHelp()
    return 0
  }
  // Who reads may go away (`corpus logs … | head`): that is no fault of anybody.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(status)
    throw error
  })
  try {
    // Without a word it is a question, and help answers it.
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' })
    return status
  } catch (error) {
    if (isCommanderEnd(error)) return error.exitCode === 0 ? 0 : 2
    return tell(error, argv.includes('--json'))
  }
}

/** One line for the error, one for its detail, one for the way out. */
export function tell(error: unknown, json: boolean): number {
  const fault = faultOf(error)
  if (json) process.stdout.write(`${JSON.stringify({ error: fault })}\n`)
  const detail = fault.detail ? `\n${fault.detail.replace(/^/gm, '  ')}` : ''
  process.stderr.write(`corpus: ${fault.message} (${fault.code})${detail}\n  ${fault.wayOut}\n`)
  if (fault.code === 'INTERNAL' && process.env['CORPUS_DEBUG'] && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  return error instanceof CorpusError
    ? catalogue[error.code].exit
    : catalogue[fault.code as keyof typeof catalogue].exit
}

type Action = (
  definition: CommandDefinition,
  args: (string | undefined)[],
  options: Record<string, unknown>,
) => Promise<void>

function programOf(version: string, action: Action): Command {
  const program = newCommand('corpus')
    .description('Push-to-deploy for people who run their own machines.')
    .version(version)
    .configureHelp({
      showGlobalOptions: false,
      subcommandTerm: command => `${command.name()} ${command.usage().replace('[options] ', '')}`,
    })
    .addHelpText(
      'after',
      '\nExample: corpus init demo --mode final --installer nodejs\nExit statuses are in docs/exit-statuses.md.',
    )
  const groups = new Map<string, Command>()
  for (const definition of commands) {
    const [first, second] = definition.name.split(' ')
    const parent = second === undefined ? program : groupOf(program, groups, first as string)
    parent.addCommand(commandOf(second ?? (first as string), definition, action))
  }
  return program
}

/** Wrong words are told of as every error is: a sentence, its code, a way out. */
function newCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) => {
        const [sentence = '', ...hints] = text
          .replace(/^error: /, '')
          .trim()
          .split('\n')
        const said = [`${sentence.replace(/\.$/, '')}.`, ...hints.map(hint => hint.replace(/^\((.*)\)$/, '$1'))].join(
          ' ',
        )
        write(`corpus: ${said.charAt(0).toUpperCase()}${said.slice(1)} (USAGE)\n  ${catalogue.USAGE.wayOut}\n`)
      },
    })
}

function groupOf(program: Command, groups: Map<string, Command>, name: string): Command {
  const there = groups.get(name)
  if (there) return there
  const does = commands.filter(one => one.name.startsWith(`${name} `)).map(one => one.name.split(' ')[1])
  const group = newCommand(name).description(`${does.join(', ')}: see corpus ${name} --help`)
  groups.set(name, group)
  program.addCommand(group)
  return group
}

function commandOf(name: string, definition: CommandDefinition, action: Action): Command {
  const command = newCommand(name).description(definition.does)
  for (const argument of definition.arguments ?? []) {
    const optional = argument.startsWith('[')
    const bare = argument.replace(/[[\]]/g, '')
    command.argument(optional ? `[${bare}]` : `<${bare}>`)
  }
  command.option('--root <DIR>', 'below which the projects are (default: CORPUS_ROOT, else /srv)')
  if (definition.answers) command.option('--json', 'answer as JSON')
  for (const option of definition.options ?? []) {
    const flags = option.flags.replace(/ ([A-Z][\w=,]*)(\.\.\.)?$/, ' <$1>')
    if (option.many) command.option(flags, option.does, (value: string, before: string[] = []) => [...before, value])
    else command.option(flags, option.does)
  }
  command.addHelpText('after', `\nExample: ${definition.example}`)
  const count = definition.arguments?.length ?? 0
  return command.action(async (...given: unknown[]) => {
    const args = given.slice(0, count).flat() as (string | undefined)[]
    await action(definition, args, command.opts())
  })
}

function whoAsks(): string {
  if (process.env['CORPUS_BY']) return process.env['CORPUS_BY']
  if (process.getuid?.() === 0 && process.env['SUDO_USER']) return process.env['SUDO_USER']
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}

function isCommanderEnd(error: unknown): error is { exitCode: number } {
  return (
    typeof (error as { code?: unknown }).code === 'string' &&
    String((error as { code: string }).code).startsWith('commander.')
  )
}
