/** The command line: reads words, calls one request, and ends with a documented status. */
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Context } from '../controller/context.ts'
import { CorpusError, catalogue, exitStatus, faultOf } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
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
  // Behind `--` the words are another's.
  const json = (dashes < 0 ? argv : argv.slice(0, dashes)).includes('--json')
  const program = programOf(version, async (definition, args, options) => {
    const root = rootNamed(typeof options['root'] === 'string' ? options['root'] : context.root)
    const invocation: Invocation = {
      context: { ...context, root, warn: sentence => void process.stderr.write(`warning: ${sentence}\n`) },
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
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return status
  } catch (error) {
    if (!isCommanderEnd(error)) return tell(error, json)
    if (error.exitCode === 0) return 0
    // Help in place of a command that is missing has been printed.
    return error.code === 'commander.help' ? exitStatus.usage : tell(wrongWords(error.message), json)
  }
}

/** The root as hooks and keys are to have it, however somebody writes it. Throws ROOT_UNUSABLE. */
function rootNamed(text: string): string {
  if (!text.startsWith('/')) throw new CorpusError('ROOT_UNUSABLE', `The root ${shown(text)} is not an absolute path.`)
  return resolve(text)
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

function newCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ subcommandTerm: command => `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}` })
}

/** Wrong words are told of as every error is: a sentence, its code, a way out. */
function wrongWords(text: string): CorpusError {
  const [sentence = '', ...hints] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const said = [`${sentence.replace(/\.$/, '')}.`, ...hints.map(hint => hint.replace(/^\((.*)\)$/, '$1'))].join(' ')
  return new CorpusError('USAGE', `${said.charAt(0).toUpperCase()}${said.slice(1)}`)
}

function groupOf(program: Command, groups: Map<string, Command>, name: string): Command {
  const there = groups.get(name)
  if (there) return there
  const members = commands.filter(one => one.name.startsWith(`${name} `))
  const does = members.map(one => one.name.split(' ')[1])
  const group = newCommand(name)
    .summary(`${does.join(', ')}: see corpus ${name} --help`)
    .addHelpText('after', `\nExample: ${members[0]?.example}`)
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

function isCommanderEnd(error: unknown): error is { exitCode: number; code: string; message: string } {
  return (
    typeof (error as { code?: unknown }).code === 'string' &&
    String((error as { code: string }).code).startsWith('commander.')
  )
}
