/** Calls the function of one step: arguments bound, guards asked, exceptions told, tried again where `retry` says so. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nearest } from '../../kernel/nearest.ts'
import type { StateTools } from '../context/tools.ts'
import { type Args, readArgs } from '../definition/args.ts'
import type { StateCall, StateDefinition, StateReturn } from '../definition/define.ts'
import { Refusal } from '../definition/exceptions.ts'
import { failed } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import type { Step } from '../language/step.ts'
import { engineWords } from '../language/words.ts'
import { Dict } from '../python/dict.ts'
import { PyError } from '../python/error.ts'
import type { Value } from '../python/value.ts'
import { checkCommand, gate } from './gate.ts'
import { type Retry, retryOf } from './retry.ts'
import { hasSlots, withSlots } from './slots.ts'

export interface CallOptions {
  readonly step: Step
  readonly steps: readonly Step[]
  /** Undefined where there is no such state. */
  readonly definition: StateDefinition | undefined
  readonly tools: StateTools
  readonly test: boolean
  /** Set where a watch fired: what changed; the reaction is called then instead of the function. */
  readonly watched?: readonly Step[]
  readonly nextNumber: () => number
}

export interface Called extends StateReturn {
  readonly number: number
  readonly startedAt: Date
  readonly durationMilliseconds: number
  /** The call itself was wrong: nothing was run, no SLS is reported. */
  readonly refused: boolean
}

export async function callState(options: CallOptions): Promise<Called> {
  const refusal = refusalOf(options)
  if (refusal !== null) {
    const number = options.nextNumber()
    return { ...failed(refusal), number, startedAt: new Date(), durationMilliseconds: 0, refused: true }
  }
  const retry = retryOf(options.step.arguments.get('retry'))
  const first = await callOnce(options)
  if (!retry) return first
  return options.test ? { ...first, comment: retriedLater(first.comment, retry) } : retried(first, retry, options)
}

async function callOnce(options: CallOptions): Promise<Called> {
  const startedAt = new Date()
  const before = performance.now()
  const outcome = await guarded(options)
  return {
    ...outcome,
    comment: Array.isArray(outcome.comment) ? outcome.comment.map(textOf).join('\n') : outcome.comment,
    number: options.nextNumber(),
    startedAt,
    durationMilliseconds: Math.round((performance.now() - before) * 1000) / 1000,
    refused: false,
  }
}

/** file.* judges its check_cmd itself: on the new text, before it is put in place. */
const judgesItself: ReadonlySet<string> = new Set(['file'])

async function guarded(options: CallOptions): Promise<StateReturn> {
  const { step, tools } = options
  try {
    const verdict = await gate(step, tools)
    const outcome = verdict?.skip
      ? { result: true, changes: new Dict(), comment: verdict.comment, skipWatch: true }
      : await invoke(options)
    if (judgesItself.has(step.module)) return outcome
    const checked = await checkCommand(step, tools)
    return checked ? { ...outcome, ...checked } : outcome
  } catch (error) {
    tools.signal?.throwIfAborted()
    if (error instanceof Refusal) return failed(error.message)
    return failed(`An exception occurred in this state: ${traceback(error)}`)
  }
}

async function invoke(options: CallOptions): Promise<StateReturn> {
  const { steps, definition, tools, test, watched } = options
  const step = hasSlots(options.step) ? await withSlots(options.step, tools) : options.step
  const run = watched ? definition?.modWatch : definition?.run
  if (!definition || !run) return failed(`State '${step.module}.mod_watch' was not found in SLS '${step.sls}'\n`)
  const call: StateCall = {
    id: step.id,
    name: nameOf(step),
    sls: step.sls,
    module: step.module,
    function: step.function,
    args: argsOf(step, definition),
    test,
    step,
    steps,
    watched: watched ?? [],
    tools,
  }
  const outcome = await underUmask(step, definition, () => run(call))
  return call.name === step.name ? outcome : { name: call.name, ...outcome }
}

/** Runs what takes no umask itself under that of the step. */
async function underUmask<Result>(
  step: Step,
  definition: StateDefinition,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const mask = Object.hasOwn(definition.arguments, 'umask') ? null : umaskOf(step)
  if (mask === null) return work()
  const before = process.umask(mask)
  try {
    return await work()
  } finally {
    process.umask(before)
  }
}

/** Null where none was given; NaN where it is none. */
function umaskOf(step: Step): number | null {
  const args = step.arguments.get('umask')
  if (args === undefined) return null
  const digits = /^(?:0[oO])?([0-7]{1,4})$/.exec(textOf(args).trim())?.[1]
  return digits === undefined ? Number.NaN : Number.parseInt(digits, 8)
}

/** The name, which may have been a slot. */
function nameOf(step: Step): string {
  const args = step.arguments.get('name')
  return step.name.startsWith('__slot__:') && typeof args === 'string' ? args : step.name
}

function argsOf(step: Step, definition: StateDefinition): Args {
  const values = new Map<string, Value>()
  const others = new Dict()
  for (const [key, value] of step.arguments) {
    const name = textOf(key)
    if (Object.hasOwn(definition.arguments, name)) values.set(name, value)
    else if (!engineWords.has(name)) others.set(name, value)
  }
  return readArgs(values, definition.arguments, others)
}

/** Why the call cannot be made: no such state, an argument missing, or one that it does not know. */
function refusalOf({ step, definition, watched }: CallOptions): string | null {
  const full = `${step.module}.${step.function}`
  if (Number.isNaN(umaskOf(step))) return `Invalid umask: ${textOf(step.arguments.get('umask') ?? null)}\n`
  if (!definition || (watched && !definition.modWatch)) {
    const shown = definition ? `${step.module}.mod_watch` : full
    return `State '${shown}' was not found in SLS '${step.sls}'\nReason: '${shown}' is not available.\n`
  }
  const missing = missingArguments(step, definition)
  if (missing.length) return missing.map(name => `Missing parameter ${name} for state ${full}\n`).join('')
  const unknown = unknownArguments(step, definition)
  if (unknown.length) return unknown.map(name => `${unknownText(name, full, definition)}\n`).join('')
  return null
}

export function missingArguments(step: Step, definition: StateDefinition): string[] {
  return Object.entries(definition.arguments)
    .filter(([name, { required }]) => required && !step.arguments.has(name))
    .map(([name]) => name)
}

export function unknownArguments(step: Step, definition: StateDefinition): string[] {
  if (definition.otherArguments !== undefined) return []
  return [...step.arguments.keys()]
    .map(textOf)
    .filter(name => !engineWords.has(name) && !name.startsWith('__') && !Object.hasOwn(definition.arguments, name))
}

function unknownText(name: string, full: string, definition: StateDefinition): string {
  const near = nearest(name, Object.keys(definition.arguments))
  return `'${name}' is no argument of ${full}.${near ? ` Did you mean '${near}'?` : ''}`
}

async function retried(first: Called, retry: Retry, options: CallOptions): Promise<Called> {
  let last = first
  const told: string[] = []
  let waitedMilliseconds = 0
  let worked = first.durationMilliseconds
  for (let attempt = 1; attempt < retry.attempts && last.result !== retry.until; attempt++) {
    told.push(
      `Attempt ${attempt}: Returned a result of "${textOf(last.result)}", with the following comment: "${textOf(last.comment)}"`,
    )
    const splay = retry.splaySeconds ? Math.floor(Math.random() * (retry.splaySeconds + 1)) : 0
    const pause = (retry.intervalSeconds + splay) * 1000
    options.tools.progress(`attempt ${attempt} of ${retry.attempts} failed; the next in ${pause / 1000} s`)
    await sleep(pause, undefined, options.tools.signal ? { signal: options.tools.signal } : undefined)
    waitedMilliseconds += pause
    last = await callOnce(options)
    worked += last.durationMilliseconds
  }
  if (told.length === 0) return first
  return {
    ...last,
    comment: [...told, textOf(last.comment)].join('\n'),
    startedAt: first.startedAt,
    durationMilliseconds: worked + waitedMilliseconds,
  }
}

function retriedLater(comment: Value, retry: Retry): string {
  const until = textOf(retry.until)
  return `${textOf(comment)}  The state would be retried every ${retry.intervalSeconds} seconds (with a splay of up to ${retry.splaySeconds} seconds) a maximum of ${retry.attempts} times or until a result of ${until} is returned`
}

/** As Python would end it, without its stack: our stack says nothing to the author of a state file. */
function traceback(error: unknown): string {
  const type = error instanceof PyError ? error.type : error instanceof Error ? error.name : 'Exception'
  return `Traceback (most recent call last):\n${type}: ${(error as Error).message}\n`
}
