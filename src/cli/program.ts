/** The command line: reads words, calls one request, and ends with a documented status. */

import { userInfo } from 'node:os'
import { Command } from 'commander'
import type { Context } from '../controller/context.ts'
import { readParams } from '../controller/params.ts'
import { behind, type Command as CommandFacts, commands, usageOf } from '../controller/reference/commands.ts'
import type { Asked, RequestDeclaration, Telling } from '../controller/request.ts'
import type { Caller } from '../controller/rights.ts'
import { CorpusError, catalogue, exitStatus, faultOf } from '../kernel/errors.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import { otherOwner, realRoot } from '../kernel/root.ts'
import { visible } from '../kernel/visible.ts'
import { accountName, isRoot } from '../shell/account.ts'
import type { Drawing, Entrances, Invocation } from './drawing.ts'
import { drawingOf } from './drawings/index.ts'
import { inOurWords } from './foreign.ts'
import { typed } from './words.ts'
import { helpFor, unknownCommand } from './wrong-words.ts'

/** Runs one command line; returns its exit status. Never throws. */
export async function runCommandLine(
  argv: readonly string[],
  context: Context,
  version: string,
  entrances: Pick<Entrances, 'agent' | 'serve'>,
): Promise<number> {
  let status = 0
  const dashes = argv.indexOf('--')
  // Behind `--` the words are another's.
  const json = (dashes < 0 ? argv : argv.slice(0, dashes)).includes('--json')
  let project: string | undefined
  const action: Action = async (first, words, { root, json: asJson, ...options }) => {
    const warn = (sentence: string) => void process.stderr.write(`warning: ${sentence}\n`)
    const below = { ...context, root: rootNamed(typeof root === 'string' ? root : context.root), warn }
    const { command, given } = await typed(first, words, options, below)
    if (command.params.properties['name']?.word === 'NAME' && typeof given['name'] === 'string') project = given['name']
    status = await ask(command, given, {
      asked: below,
      json: asJson === true,
      words,
      entrances: { ...entrances, command: words => runCommandLine(words, context, version, entrances) },
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
  command: CommandFacts,
  given: Readonly<Record<string, unknown>>,
  line: Omit<Invocation, 'params'>,
): Promise<number> {
  const drawing = await drawingOf(command.name)
  const filled = drawing.fill ? { ...given, ...(await drawing.fill({ ...line, params: given })) } : given
  const params = readParams(command.params, filled)
  const instead = drawing.instead?.({ ...line, params })
  if (instead !== undefined) {
    // Another entry point is no change.
    if (command.kind === 'read' || drawing.isEntrance) return instead
    const status = async () => ({ answer: await instead, status: await instead })
    return inTheAudit(command, { ...line, params }, {}, status)
  }
  const stopped = drawing.stops === true ? stoppedBySignals() : undefined
  try {
    return await answered(command, drawing, { ...line, params, asked: { ...line.asked, ...stopped?.asked } })
  } finally {
    stopped?.restore()
  }
}

async function answered(command: CommandFacts, drawing: Drawing, invocation: Invocation): Promise<number> {
  const { requestToRun } = await import('../controller/told.ts')
  const request = await requestToRun(command.name)
  const show = drawing.live?.(invocation)
  let status = 0
  const tell = (telling: Telling) => {
    if (telling.kind === 'verdict') status = telling.status
    show?.(telling)
  }
  const answered = async (asked: Asked) => {
    const answer = await request.run({ ...asked, tell }, invocation.params, whoAsks())
    return { answer, status: drawing.status?.(answer) ?? status }
  }
  const answer =
    command.kind === 'read'
      ? (await answered(invocation.asked)).answer
      : await inTheAudit(command, invocation, request, answered)
  if (invocation.json) {
    const { answerText } = await import('../controller/answer.ts')
    invocation.print(await answerText(command, answer))
  } else invocation.print((await drawing.text?.(answer, invocation)) ?? '')
  return drawing.status?.(answer) ?? status
}

/** A change, with its line in the audit where there is one. */
async function inTheAudit<T>(
  command: CommandFacts,
  { asked, params }: Pick<Invocation, 'asked' | 'params'>,
  request: Pick<Partial<RequestDeclaration>, 'stands'>,
  work: (asked: Asked) => Promise<{ readonly answer: T; readonly status: number }>,
): Promise<T> {
  const { recorded } = await import('../controller/recorded.ts')
  return recorded(asked, { told: command, request, params, caller: whoAsks() }, work)
}

/** Until it is over, an interruption is the request's. */
function stoppedBySignals(): { readonly asked: Pick<Asked, 'signal'>; restore(): void } {
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // Whoever reads us may go away: `corpus logs demo --app --follow | head`.
  process.stdout.on('error', stop)
  return {
    asked: { signal: stopped.signal },
    restore() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      process.stdout.off('error', stop)
    },
  }
}

/** Whether corpus has a command of this name, or a group of them. */
const isCommand = (name: string): boolean => commands.some(one => one.name === name || one.name.startsWith(`${name} `))

/** The root as hooks and keys are to have it, however somebody writes it. Throws ROOT_UNUSABLE. */
function rootNamed(text: string): string {
  if (!text.startsWith('/')) throw new CorpusError('ROOT_UNUSABLE', `The root ${shown(text)} is not an absolute path.`)
  const root = realRoot(text)
  const owner = otherOwner(root)
  if (owner === null) return root
  const detail =
    owner === 0
      ? 'Its mode, or that of a folder above it, lets other accounts write there: chmod go-w takes that away.'
      : `It is there for ${accountName(owner)}: run corpus as that account, as in setpriv, su or sudo -u.`
  throw new CorpusError('ROOT_UNUSABLE', `${root} can be changed by others than root, which would lead root astray.`, {
    detail,
  })
}

/** One line for the error, one for its detail, one for the way out. */
function tell(error: unknown, { json, argv }: { json: boolean; argv: readonly string[] }, project?: string): number {
  const told = faultOf(error, project !== undefined && isProjectName(project) ? project : undefined)
  const fault = told.code === 'USAGE' ? { ...told, wayOut: helpFor(argv) } : told
  if (json) process.stdout.write(`${JSON.stringify({ error: fault })}\n`)
  const detail = fault.detail ? `\n${fault.detail.replace(/^/gm, '  ')}` : ''
  process.stderr.write(visible(`corpus: ${fault.message} (${fault.code})${detail}\n  ${fault.wayOut}\n`))
  if (fault.code === 'INTERNAL' && process.env['CORPUS_DEBUG'] && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  return error instanceof CorpusError
    ? catalogue[error.code].exit
    : catalogue[fault.code as keyof typeof catalogue].exit
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

/** Who holds a root of their own, or is root, may do everything there: nobody but the kernel is asked. */
const whoAsks = (): Caller => ({ name: nameOfCaller(), from: 'local' })

function nameOfCaller(): string {
  if (process.env['CORPUS_BY']) return process.env['CORPUS_BY']
  if (isRoot() && process.env['SUDO_USER']) return process.env['SUDO_USER']
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
