/** module.*: execution functions as states, in both spellings. */

import {
  defineState,
  type FunctionDefinition,
  type StateCall,
  type StateReturn,
  type StateTable,
} from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { PyError } from '../python/error.ts'
import type { Value } from '../python/value.ts'

const spelling =
  'The arguments of the function (its own `name` as `m_name`), or in the newer spelling each function as a key with its arguments below.'

const run = defineState({
  does: 'Calls execution functions.',
  arguments: {},
  otherArguments: spelling,
  run: runFunctions,
  modWatch: runFunctions,
  examples: [
    { title: 'In the newer spelling', sls: 'hello:\n  module.run:\n    - test.echo:\n      - text: hello\n' },
    { title: 'In the older spelling', sls: 'hello:\n  module.run:\n    - name: test.echo\n    - text: hello\n' },
  ],
})

const wait = defineState({
  does: 'Calls execution functions only when a watched state changed.',
  arguments: {},
  otherArguments: spelling,
  run: () => succeeded(''),
  modWatch: runFunctions,
})

export const states: StateTable = { run, wait, watch: wait }

async function runFunctions(call: StateCall): Promise<StateReturn> {
  const named = [...call.args.others.keys()].map(textOf).filter(name => name.includes('.'))
  return named.length ? runNamed(named, call) : runOne(call)
}

/** `- file.touch: [{name: x}]`, several if need be. */
async function runNamed(names: readonly string[], call: StateCall): Promise<StateReturn> {
  const name: Value = [...names]
  const missing: string[] = []
  for (const each of names) if (!(await call.tools.has(bare(each)))) missing.push(bare(each))
  if (missing.length)
    return { ...failed(`Unavailable function${missing.length > 1 ? 's' : ''}: ${missing.join(', ')}.`), name }
  if (call.test) {
    const plural = names.length > 1 ? 's' : ''
    return { ...wouldChange(`Function${plural} ${names.join(', ')} to be executed.`), name }
  }
  const failures: string[] = []
  const successes: string[] = []
  const changes = new Dict()
  for (const each of names) {
    try {
      const { args, keywords } = argumentsOf(call.args.others.get(each) ?? null)
      const answer = await call.tools.call(bare(each), args, keywords)
      if (fine(answer)) {
        successes.push(`${each}: ${commentOf(answer) ?? textOf(answer)}`)
        changes.set(each, answer)
      } else failures.push(`'${each}' failed: ${commentOf(answer) ?? textOf(answer)}`)
    } catch (error) {
      if (!(error instanceof PyError)) throw error
      failures.push(`'${each}' failed: ${error.message}`)
    }
  }
  const comment = [...failures, ...successes].join(', ')
  return { ...(failures.length ? failed(comment, changes) : succeeded(comment, changes)), name }
}

/** `name: test.echo` with the arguments beside it. */
async function runOne(call: StateCall): Promise<StateReturn> {
  const name = call.name
  const definition = await call.tools.find(name)
  if (!definition) return failed(`Module function ${name} is not available`)
  if (call.test) return wouldChange(`Module function ${name} is set to be executed`)
  const { keywords, args, missing } = bindBeside(call, definition)
  if (missing.length) return failed(`The following arguments are missing: ${missing.join(' ')}`)
  try {
    const answer = await call.tools.call(name, args, keywords)
    const comment = `Module function ${name} executed`
    return fine(answer) ? succeeded(comment, { ret: answer }) : failed(comment, { ret: answer })
  } catch (error) {
    if (!(error instanceof PyError)) throw error
    return failed(`Module function ${name} threw an exception. Exception: ${error.message}`)
  }
}

/** The engine's own words, which mean arguments of the function here. */
const shared = ['cwd', 'user', 'runas', 'umask', 'creates', 'timeout']

function bindBeside(call: StateCall, definition: FunctionDefinition) {
  const { others } = call.args
  const keywords = new Map<string, Value>()
  const missing: string[] = []
  const used = new Set(['args', 'kwargs', 'returner'])
  for (const [argument, { required }] of Object.entries(definition.arguments)) {
    const args = argument === 'name' || argument === 'fun' || argument === 'state' ? `m_${argument}` : argument
    used.add(args)
    const value = others.get(args) ?? (shared.includes(args) ? call.step.arguments.get(args) : undefined)
    if (value !== undefined) keywords.set(argument, value)
    else if (required) missing.push(argument)
  }
  const nested = others.get('kwargs')
  for (const source of [others, nested instanceof Dict ? nested : new Dict()]) {
    for (const [key, value] of source) {
      const known = Object.hasOwn(definition.arguments, textOf(key))
      if (source === others && (used.has(textOf(key)) || textOf(key).startsWith('m_'))) continue
      if (known || definition.otherArguments !== undefined) keywords.set(textOf(key), value)
    }
  }
  const list = others.get('args')
  const positional = Array.isArray(list) ? list : []
  const names = Object.keys(definition.arguments)
  const stillMissing = missing.filter(argument => names.indexOf(argument) >= positional.length)
  return { keywords, args: positional, missing: stillMissing }
}

function argumentsOf(value: Value): { args: Value[]; keywords: Map<string, Value> } {
  const args: Value[] = []
  const keywords = new Map<string, Value>()
  for (const item of Array.isArray(value) ? value : value === null ? [] : [value]) {
    if (item instanceof Dict) for (const [key, inner] of item) keywords.set(textOf(key), inner)
    else args.push(item)
  }
  return { args, keywords }
}

/** `test.echo:first` and `test.echo:second` are two calls of one function. */
function bare(name: string): string {
  return name.split(':')[0] as string
}

function commentOf(answer: Value): string | null {
  const comment = answer instanceof Dict ? (answer.get('comment') ?? 'Success') : undefined
  return comment === undefined ? null : textOf(comment)
}

function fine(answer: Value): boolean {
  if (typeof answer === 'boolean') return answer
  if (!(answer instanceof Dict)) return true
  const code = answer.get('retcode')
  if (typeof code === 'number' && code !== 0) return false
  const result = answer.get('result')
  if (typeof result === 'boolean') return result
  return [...answer.values()].every(inner => !(inner instanceof Dict) || inner.get('result') !== false)
}
