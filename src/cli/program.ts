/** The command line: reads words, calls one request, and ends with a documented status. */
import { Command } from 'commander'
import { readParams } from '../controller/params.ts'
import { behind, type Command as CommandFacts, commands, usageOf } from '../controller/reference/commands.ts'
import type { Telling } from '../controller/request.ts'
import { CorpusError, exitOfError, exitStatus, faultOf } from '../kernel/errors.ts'
import { isProjectName } from '../kernel/names.ts'
import { visible } from '../kernel/visible.ts'
import type { Drawing, Invocation } from './drawing.ts'
import { drawingOf } from './drawings/index.ts'
import { inOurWords } from './foreign.ts'
import type { Asker, Place } from './place.ts'
import { typed } from './words.ts'
import { helpFor, unknownCommand } from './wrong-words.ts'

/** Runs one command line; returns its exit status. Never throws. */
export async function runCommandLine(argv: readonly string[], place: Place, version: string): Promise<number> {
  let status = 0
  const dashes = argv.indexOf('--')
  // Behind `--` the words are another's.
  const json = (dashes < 0 ? argv : argv.slice(0, dashes)).includes('--json')
  let project: string | undefined
  const action: Action = async (first, words, { root, json: asJson, ...options }) => {
    const asker = await place(typeof root === 'string' ? root : undefined)
    const { command, given } = await typed(first, words, options, asker)
    if (command.params.properties['name']?.word === 'NAME' && typeof given['name'] === 'string') project = given['name']
    status = await ask(asker, command, given, {
      here: asker.here,
      json: asJson === true,
      words,
      command: words => runCommandLine(words, place, version),
      print: text => process.stdout.write(json ? text : visible(text)),
    })
  }
  if (argv.length === 0 || (argv.length === 1 && ['--help', '-h'].includes(argv[0] ?? ''))) {
    const { dailyHelp } = await import('../controller/reference/help.ts')
    process.stdout.write(dailyHelp())
    return 0
  }
  try {
    const ours = inOurWords(argv, isCommand)
    await programOf(ours[0], version, action).parseAsync([...ours], { from: 'user' })
    return status
  } catch (error) {
    if (!isCommanderEnd(error)) return tell(error, { json, argv }, project)
    if (error.exitCode === 0) return 0
    // Help in place of a command that is missing has been printed.
    return error.code === 'commander.help' ? exitStatus.usage : tell(wrongWords(error, argv[0] ?? ''), { json, argv })
  }
}

/** Asks the request that a command is, and shows its answer; returns the exit status. */
async function ask(
  asker: Asker,
  command: CommandFacts,
  given: Readonly<Record<string, unknown>>,
  line: Omit<Invocation, 'params'>,
): Promise<number> {
  const filled = { ...given, ...(await asker.fill(command, given)) }
  const params = readParams(command.params, filled)
  const invocation = { ...line, params }
  const instead = await asker.instead(command, invocation)
  if (instead !== undefined) return instead
  const drawing = await drawingOf(command.name)
  const stopped = drawing.stops === true || asker.here === null ? stoppedBySignals() : undefined
  try {
    return await answered(asker, command, drawing, invocation, stopped?.signal)
  } finally {
    stopped?.restore()
  }
}

async function answered(
  asker: Asker,
  command: CommandFacts,
  drawing: Drawing,
  invocation: Invocation,
  signal: AbortSignal | undefined,
): Promise<number> {
  const show = drawing.live?.(invocation)
  let status = 0
  const tell = (telling: Telling) => {
    if (telling.kind === 'verdict') status = telling.status
    show?.(telling)
  }
  const statusOf = (answer: unknown) => drawing.status?.(answer as never) ?? status
  const given = { tell, statusOf, ...(signal === undefined ? {} : { signal }) }
  const reply = await asker.ask(command, invocation.params, given)
  // Whoever only looked on may leave.
  if (reply === undefined) return status
  if (invocation.json) invocation.print(await reply.json())
  else invocation.print((await drawing.text?.(reply.answer, invocation)) ?? '')
  return statusOf(reply.answer)
}

/** Until it is over, an interruption is the request's. */
function stoppedBySignals(): { readonly signal: AbortSignal; restore(): void } {
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // Whoever reads us may go away: `corpus logs demo --app --follow | head`.
  process.stdout.on('error', stop)
  return {
    signal: stopped.signal,
    restore() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      process.stdout.off('error', stop)
    },
  }
}

/** Whether corpus has a command of this name, or a group of them. */
const isCommand = (name: string): boolean => commands.some(one => one.name === name || one.name.startsWith(`${name} `))

/** One line for the error, one for its detail, one for the way out. */
export function tell(
  error: unknown,
  { json, argv }: { readonly json: boolean; readonly argv: readonly string[] },
  project?: string,
): number {
  const told = faultOf(error, project !== undefined && isProjectName(project) ? project : undefined)
  const fault = told.code === 'USAGE' ? { ...told, wayOut: helpFor(argv) } : told
  if (json) process.stdout.write(`${JSON.stringify({ error: fault })}\n`)
  const detail = fault.detail ? `\n${fault.detail.replace(/^/gm, '  ')}` : ''
  process.stderr.write(visible(`corpus: ${fault.message} (${fault.code})${detail}\n  ${fault.wayOut}\n`))
  if (fault.code === 'INTERNAL' && process.env['CORPUS_DEBUG'] && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  return exitOfError(error)
}

/** `options`: values by param. */
type Action = (
  command: CommandFacts,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<void>

/** Of a word that is known, its commands alone: to make them all takes longer than most answers. */
function programOf(word: string | undefined, version: string, action: Action): Command {
  const program = newCommand('corpus')
    .description('Push-to-deploy for people who run their own machines.')
    .version(version)
    .helpCommand(false)
    .enablePositionalOptions()
  const groups = new Map<string, Command>()
  const named = commands.filter(one => one.name.split(' ')[0] === word)
  for (const command of named.length > 0 ? named : commands) {
    if (command.behind !== undefined) continue
    const [first, second] = command.name.split(' ')
    const parent = second === undefined ? program : groupOf(program, groups, first as string)
    parent.addCommand(commandOf(second ?? (first as string), command, action))
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

function commandOf(name: string, facts: CommandFacts, action: Action): Command {
  const others = behind(facts)
  const also = others.map(one => `\n\ncorpus ${usageOf(one)}\n${one.does}`).join('')
  const command = newCommand(name).description(`${facts.does}${also}`)
  // All words are taken as they come: which is which is known once it is known whether the first names a project.
  const wanted = facts.arguments.map((one, at) => (at === 0 && facts.takesProject ? `[${one}]` : one))
  command.argument('[words...]').usage(['[options]', ...wanted, ...(others.length > 0 ? ['…'] : [])].join(' '))
  if (facts.passesOn) command.passThroughOptions()
  command.option('--root <DIR>', 'below which the projects are (default: CORPUS_ROOT, else /srv)')
  command.option('--json', 'answer as JSON')
  const options = new Map([facts, ...others].flatMap(one => one.options.map(option => [option.flags, option] as const)))
  for (const option of options.values()) {
    const flags = option.flags.replace(/ ([A-Z][\w=,:|]*)$/, ' <$1>')
    if (option.many) command.option(flags, option.does, (value: string, before: string[] = []) => [...before, value])
    else command.option(flags, option.does)
  }
  const examples = [facts, ...others].map(one => `\nExample: ${one.example}`)
  command.addHelpText('after', examples.join(''))
  return command.action(async (words: string[]) => {
    const { root, json, ...values } = command.opts<Record<string, unknown>>()
    const byParam = Object.entries(values).map(([key, value]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      value,
    ])
    await action(facts, words, { ...Object.fromEntries(byParam), root, json })
  })
}

function isCommanderEnd(error: unknown): error is { exitCode: number; code: string; message: string } {
  return (
    typeof (error as { code?: unknown }).code === 'string' &&
    String((error as { code: string }).code).startsWith('commander.')
  )
}
