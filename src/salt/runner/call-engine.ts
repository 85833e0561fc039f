/** One call by name, as salt-call takes it: a state.* function or an execution function; its value and exit status. */

import type { Shell } from '../../shell/shell.ts'
import { type Applied, applyStates, openWorld, runCompiled, type StatesInput, showStates } from '../apply.ts'
import { compileSteps, noTopMessage } from '../compiler/compile.ts'
import { textOf, truthOf } from '../definition/values.ts'
import type { Fault } from '../language/faults.ts'
import { type Step, stepDict } from '../language/step.ts'
import { Dict } from '../python/dict.ts'
import { PyError } from '../python/error.ts'
import type { Value } from '../python/value.ts'
import { readYaml } from '../yaml/index.ts'
import { missingArguments } from './call.ts'
import { resultsDict } from './result.ts'

export interface EngineAnswer {
  readonly value: Value
  readonly exit: number
}

const exits = { fine: 0, fault: 1, failed: 2, pillar: 5 } as const

export async function callEngine(
  name: string,
  words: readonly string[],
  input: Omit<StatesInput, 'sls'>,
): Promise<EngineAnswer> {
  const { args, keywords } = argumentsOf(words)
  const completed = withKeywords(input, keywords)
  switch (name) {
    case 'state.highstate':
      return answer(await applyStates({ ...completed, sls: 'highstate' }))
    case 'state.sls':
    case 'state.apply':
      return answer(await applyStates({ ...completed, sls: args.length ? slsOf(args[0] as Value) : 'highstate' }))
    case 'state.single':
      return single(args, keywords, completed)
    case 'state.show_sls':
    case 'state.show_low_sls':
      return shown(await showStates({ ...completed, sls: slsOf(args[0] ?? '') }))
    case 'state.show_lowstate':
      return shown(await showStates({ ...completed, sls: 'highstate' }))
    default:
      return execute(name, args, keywords, completed)
  }
}

function answer({ ok, results, faults }: Applied): EngineAnswer {
  if (faults.length) return faulted(faults)
  // An empty tree is no success: nothing was said that could have been done.
  return { value: resultsDict(results), exit: ok && results.size > 0 ? exits.fine : exits.failed }
}

function faulted(faults: readonly Fault[]): EngineAnswer {
  const messages = faults.flatMap(({ message, excerpt, kind }) =>
    kind === 'shape' && message.endsWith('does not render to a dictionary') && excerpt !== null
      ? [message, excerpt]
      : [message],
  )
  if (faults.some(({ kind }) => kind === 'pillar'))
    return { value: ['Pillar failed to render with the following messages:', ...messages], exit: exits.pillar }
  if (messages[0] === noTopMessage) return { value: noTopRow(), exit: exits.failed }
  return { value: messages, exit: exits.fault }
}

function noTopRow(): Dict {
  const row = Dict.of({ result: false, name: 'No States', comment: noTopMessage, changes: new Dict(), __run_num__: 0 })
  return Dict.of([['no_|-states_|-states_|-None', row]])
}

async function single(
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value>,
  input: Omit<StatesInput, 'sls'>,
): Promise<EngineAnswer> {
  const full = textOf(args[0] ?? keywords.get('fun') ?? '')
  const dot = full.indexOf('.')
  const name = textOf(keywords.get('name') ?? args[1] ?? '')
  if (dot === -1 || name === '') return { value: ['state.single takes module.function and name=…'], exit: exits.fault }
  const made = await openWorld(input)
  if ('faults' in made) return faulted(made.faults)
  try {
    const step: Step = {
      module: full.slice(0, dot),
      function: full.slice(dot + 1),
      id: textOf(keywords.get('__id__') ?? name),
      name,
      sls: '',
      order: 0,
      arguments: Dict.of([...keywords].filter(([key]) => key !== 'fun' && key !== '__id__')),
      place: { path: 'command line', line: 1, column: 1 },
    }
    const compiled = await compileSteps([step])
    const definition = compiled.definitionOf(step)
    if (!definition) return { value: [`Specified state '${full}' was not found`], exit: exits.fault }
    const missing = missingArguments(step, definition)
    if (missing.length)
      return { value: missing.map(each => `Missing parameter ${each} for state ${full}`), exit: exits.fault }
    const applied = await runCompiled(compiled, made.world, { ...input, sls: [] })
    const results = new Map([...applied.results].map(([tag, result]) => [tag, { ...result, sls: null }]))
    return answer({ ...applied, results })
  } finally {
    made.world.dispose()
  }
}

function shown({ steps, faults }: { steps: readonly Step[]; faults: readonly Fault[] }): EngineAnswer {
  if (faults.length) return faulted(faults)
  return { value: steps.map(stepDict), exit: exits.fine }
}

async function execute(
  name: string,
  args: readonly Value[],
  keywords: Map<string, Value>,
  input: Omit<StatesInput, 'sls'>,
): Promise<EngineAnswer> {
  const last = { status: 0 }
  const made = await openWorld({ ...input, shell: remembering(input.shell, last) })
  if ('faults' in made) return faulted(made.faults)
  try {
    await made.world.templating()
    const { functions } = made.world
    if (!functions.has(name)) return { value: `'${name}' is not available.`, exit: exits.fault }
    if (name.startsWith('cmd.') && !keywords.has('python_shell')) keywords.set('python_shell', true)
    const value = functions.call(name, args, keywords)
    return { value, exit: name.startsWith('cmd.') ? last.status : saysNo(value) ? exits.fault : exits.fine }
  } catch (error) {
    if (error instanceof PyError) return { value: `ERROR: ${error.message}`, exit: exits.fault }
    throw error
  } finally {
    made.world.dispose()
  }
}

/** An answer that tells of its own success. */
function saysNo(value: Value): boolean {
  return value instanceof Dict && ['result', 'success'].some(key => value.has(key) && !truthOf(value.get(key) ?? null))
}

/** From the command line, a command's exit status is that of the call. */
function remembering(shell: Shell, last: { status: number }): Shell {
  return {
    ...shell,
    runSync: command => {
      const outcome = shell.runSync(command)
      last.status = outcome.status
      return outcome
    },
  }
}

function slsOf(value: Value): string[] {
  const names = Array.isArray(value) ? value.map(textOf) : textOf(value).split(',')
  return names.map(name => name.trim()).filter(name => name !== '')
}

/** Words as a shell gives them: `name=value` is a keyword; values are read as YAML. */
function argumentsOf(words: readonly string[]): { args: Value[]; keywords: Map<string, Value> } {
  const args: Value[] = []
  const keywords = new Map<string, Value>()
  for (const word of words) {
    const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? []
    if (key !== undefined && value !== undefined) keywords.set(key, wordValue(value))
    else args.push(wordValue(word))
  }
  return { args, keywords }
}

/** A word that YAML would turn into something that nobody meant stays a text. */
function wordValue(word: string): Value {
  if (word === '' || /[\n#]/.test(word) || /^[^[{"'].*:\s/.test(word)) return word
  try {
    const value = readYaml({ path: 'command line', text: word })
    return value === null && !/^(null|~|none)$/i.test(word) ? word : value
  } catch {
    return word
  }
}

function withKeywords(input: Omit<StatesInput, 'sls'>, keywords: ReadonlyMap<string, Value>): Omit<StatesInput, 'sls'> {
  const test = keywords.get('test')
  const pillar = keywords.get('pillar')
  return {
    ...input,
    ...(test === undefined ? {} : { test: test === true }),
    ...(pillar instanceof Dict ? { pillar: Dict.of([...(input.pillar ?? []), ...pillar]) } : {}),
  }
}
