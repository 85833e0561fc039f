/** The command line: reads words, calls one request, and ends with a documented status. */
import { userInfo } from 'node:os'
import { Command } from 'commander'
import type { Context } from '../controller/context.ts'
import { CorpusError, catalogue, exitStatus, faultOf } from '../kernel/errors.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { realRoot } from '../kernel/root.ts'
import { visible } from '../kernel/visible.ts'
import type { CommandDefinition, Doors, Invocation } from './command.ts'
import { commands } from './commands/index.ts'
import { inOurWords } from './foreign.ts'
import { dangerous } from './groups.ts'
import { dailyHelp } from './help.ts'
import { argumentWords, takesProject } from './words.ts'

/** Runs one command line; returns its exit status. Never throws. */
export async function runCommandLine(
  argv: readonly string[],
  context: Context,
  version: string,
  doors: Pick<Doors, 'agent'>,
): Promise<number> {
  let status = 0
  const dashes = argv.indexOf('--')
  // Behind `--` the words are another's.
  const json = (dashes < 0 ? argv : argv.slice(0, dashes)).includes('--json')
  let project: string | undefined
  const program = programOf(version, async (definition, words, options) => {
    const root = rootNamed(typeof options['root'] === 'string' ? options['root'] : context.root)
    const warn = (sentence: string) => void process.stderr.write(`warning: ${sentence}\n`)
    const below = { ...context, root, warn }
    const args = await argumentWords(definition, words, below)
    if (/^\[?NAME\]?$/.test(definition.arguments?.[0] ?? '')) project = args[0]
    const invocation: Invocation = {
      context: below,
      args,
      options,
      json: options['json'] === true,
      doors: { ...doors, command: words => runCommandLine(words, context, version, doors) },
      by: whoAsks(),
      print: text => process.stdout.write(json ? text : visible(text)),
    }
    status = await definition.run(invocation)
  })
  if (argv.length === 0 || (argv.length === 1 && ['--help', '-h'].includes(argv[0] ?? ''))) {
    process.stdout.write(dailyHelp())
    return 0
  }
  try {
    await program.parseAsync([...inOurWords(argv, isCommand)], { from: 'user' })
    return status
  } catch (error) {
    if (!isCommanderEnd(error)) return tell(error, json, project)
    if (error.exitCode === 0) return 0
    // Help in place of a command that is missing has been printed.
    return error.code === 'commander.help' ? exitStatus.usage : tell(wrongWords(error, argv[0] ?? ''), json)
  }
}

/** Whether corpus has a command of this name, or a group of them. */
const isCommand = (name: string): boolean => commands.some(one => one.name === name || one.name.startsWith(`${name} `))

/** The root as hooks and keys are to have it, however somebody writes it. Throws ROOT_UNUSABLE. */
function rootNamed(text: string): string {
  if (!text.startsWith('/')) throw new CorpusError('ROOT_UNUSABLE', `The root ${shown(text)} is not an absolute path.`)
  return realRoot(text)
}

/** One line for the error, one for its detail, one for the way out. */
function tell(error: unknown, json: boolean, project?: string): number {
  const fault = faultOf(error, project !== undefined && isProjectName(project) ? project : undefined)
  if (json) process.stdout.write(`${JSON.stringify({ error: fault })}\n`)
  const detail = fault.detail ? `\n${fault.detail.replace(/^/gm, '  ')}` : ''
  process.stderr.write(visible(`corpus: ${fault.message} (${fault.code})${detail}\n  ${fault.wayOut}\n`))
  if (fault.code === 'INTERNAL' && process.env['CORPUS_DEBUG'] && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  return error instanceof CorpusError
    ? catalogue[error.code].exit
    : catalogue[fault.code as keyof typeof catalogue].exit
}

type Action = (
  definition: CommandDefinition,
  words: readonly string[],
  options: Record<string, unknown>,
) => Promise<void>

function programOf(version: string, action: Action): Command {
  const program = newCommand('corpus')
    .description('Push-to-deploy for people who run their own machines.')
    .version(version)
    .helpCommand(false)
    .enablePositionalOptions()
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
function wrongWords(
  { code, message }: { readonly code: string; readonly message: string },
  first: string,
): CorpusError {
  if (code === 'commander.unknownCommand') return unknownCommand(/'(.*)'/s.exec(message)?.[1] ?? '', first)
  const [sentence = '', ...hints] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const said = [`${sentence.replace(/\.$/, '')}.`, ...hints.map(hint => hint.replace(/^\((.*)\)$/, '$1'))].join(' ')
  return new CorpusError('USAGE', `${said.charAt(0).toUpperCase()}${said.slice(1)}`)
}

/** The nearest word is told, and never one that would cost something where it was not meant. */
function unknownCommand(word: string, first: string): CorpusError {
  const harmless = commands.map(one => one.name).filter(name => !dangerous.includes(name))
  const within = harmless.filter(name => name.startsWith(`${first} `)).map(name => name.slice(first.length + 1))
  const known = word === first || within.length === 0 ? harmless.map(name => name.split(' ')[0] ?? '') : within
  return new CorpusError('USAGE', `Unknown command ${shown(word)}.${meant(word, new Set(known))}`)
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
  // All words are taken as they come: which is which is known once it is known whether the first names a project.
  const wanted = (definition.arguments ?? []).map((one, at) =>
    at === 0 && takesProject(definition) ? `[${one}]` : one,
  )
  command.argument('[words...]').usage(['[options]', ...wanted].join(' '))
  if (definition.passesOn) command.passThroughOptions()
  command.option('--root <DIR>', 'below which the projects are (default: CORPUS_ROOT, else /srv)')
  if (definition.answers) command.option('--json', 'answer as JSON')
  for (const option of definition.options ?? []) {
    const flags = option.flags.replace(/ ([A-Z][\w=,|]*)(\.\.\.)?$/, ' <$1>')
    if (option.many) command.option(flags, option.does, (value: string, before: string[] = []) => [...before, value])
    else command.option(flags, option.does)
  }
  command.addHelpText('after', `\nExample: ${definition.example}`)
  return command.action(async (words: string[]) => {
    await action(definition, words, command.opts())
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
