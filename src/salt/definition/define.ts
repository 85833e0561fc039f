/** The two shapes that all states and execution functions have: plain objects whose first field is a sentence, read by the engine and by the docs. */

import type { FunctionTools, StateTools } from '../context/tools.ts'
import type { Step } from '../language/step.ts'
import type { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import type { Args } from './args.ts'

/** How an argument is read and documented. "mode" keeps its text: 0644, "0644", 644 and keep are all right. */
type ArgumentType =
  | 'text'
  | 'path'
  | 'mode'
  | 'whole number'
  | 'number'
  | 'boolean'
  | 'list'
  | 'text or list'
  | 'mapping'
  | 'any'

export interface Argument {
  readonly does: string
  readonly type: ArgumentType
  readonly required?: boolean
  /** What holds where it is not given; None without it. */
  readonly default?: Value
}

export type Arguments = Readonly<Record<string, Argument>>

/** An SLS text that the docs show and a test runs; `setup` makes what it needs below `{{ root }}`. */
interface Example {
  readonly title: string
  readonly sls: string
  readonly setup?: Readonly<Record<string, string>>
}

/** What a state function hands back. */
export interface StateReturn {
  readonly result: boolean | null
  readonly changes: Dict
  readonly comment: Value
  /** Where the state reports another name than it was given. */
  readonly name?: Value
  readonly warnings?: readonly string[]
  readonly skipWatch?: boolean
}

/** One call of a state function. */
export interface StateCall {
  readonly id: string
  readonly name: string
  readonly sls: string
  readonly module: string
  readonly function: string
  /** The arguments as the definition reads them, defaults filled in; `name` is above. */
  readonly args: Args
  /** test=True: say what would change, change nothing. */
  readonly test: boolean
  /** The declaration in full, requisites among its arguments. */
  readonly step: Step
  /** All declarations of the run, in order (what `clean` must keep is found there). */
  readonly steps: readonly Step[]
  /** In modWatch: the watched steps. */
  readonly watched: readonly Step[]
  readonly tools: StateTools
}

export interface StateDefinition {
  readonly does: string
  /** In Python's order; `name` stands before them and need not be listed. */
  readonly arguments: Arguments
  /** Takes keywords beyond its arguments: a sentence on what becomes of them. */
  readonly otherArguments?: string
  readonly run: (call: StateCall) => Promise<StateReturn> | StateReturn
  /** Called instead of counting as done when a watched state changed and `run` itself changed nothing. */
  readonly modWatch?: (call: StateCall) => Promise<StateReturn> | StateReturn
  readonly examples?: readonly Example[]
}

/** One call of an execution function from a template, a guard or module.run. */
export interface FunctionCall {
  readonly name: string
  readonly args: Args
  readonly tools: FunctionTools
}

export interface FunctionDefinition {
  readonly does: string
  /**
   * Whether it changes something, or runs what it is told to: a check of what nobody accepted yet calls none that does. A
   * function decides by what it is given.
   */
  readonly acts: boolean | ((args: Args) => boolean)
  /** In order: positional arguments fill them from the left. */
  readonly arguments: Arguments
  /** Takes any number of further positional arguments (`args.rest`): a sentence on them. */
  readonly restArguments?: string
  /** Takes keywords beyond its arguments (`args.others`): a sentence on them. */
  readonly otherArguments?: string
  /** Synchronous: a template waits for it in the middle of a sentence. */
  readonly call: (call: FunctionCall) => Value
  readonly examples?: readonly { readonly template: string; readonly gives: string }[]
}

/** The functions of one module; those in files of their own are loaded when a tree uses them. */
export type StateTable = Readonly<Record<string, StateDefinition | (() => Promise<StateDefinition>)>>
export type FunctionTable = Readonly<Record<string, FunctionDefinition>>

export function defineState(definition: StateDefinition): StateDefinition {
  return definition
}

export function defineFunction(definition: FunctionDefinition): FunctionDefinition {
  return definition
}
