/** How filters, tests and functions are written down: a name, a sentence, parameters with defaults, and what it does. */
import { binder, callable, type Parameters } from '../python/call.ts'
import type { Foreign, Keywords, Value } from '../python/value.ts'
import type { Filter, Test } from './environment.ts'
import type { Scope } from './scope.ts'

export interface FilterDefinition {
  readonly name: string
  readonly aliases?: readonly string[]
  /** What it does, as a sentence for the reference. */
  readonly does: string
  /** Parameters with their defaults (undefined: must be given), or 'anything' where arguments come as they are. */
  readonly takes: Parameters | 'anything'
  readonly filter: Filter
}

/** A filter with parameters. */
export function defineFilter(definition: {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly does: string
  readonly takes?: Parameters
  readonly run: (value: Value, scope: Scope, ...args: Value[]) => Value
}): FilterDefinition {
  const { run, takes = {}, ...rest } = definition
  const bind = binder(definition.name, takes)
  return { ...rest, takes, filter: (value, args, keywords, scope) => run(value, scope, ...bind(args, keywords)) }
}

/** A filter that takes its arguments as they come. */
export function defineFreeFilter(definition: {
  readonly name: string
  readonly does: string
  readonly run: Filter
}): FilterDefinition {
  return { name: definition.name, does: definition.does, takes: 'anything', filter: definition.run }
}

export interface TestDefinition {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly does: string
  readonly takes: Parameters
  readonly test: Test
}

export function defineTest(definition: {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly does: string
  readonly takes?: Parameters
  readonly run: (value: Value, scope: Scope, ...args: Value[]) => boolean
}): TestDefinition {
  const { run, takes = {}, ...rest } = definition
  const bind = binder(definition.name, takes)
  return { ...rest, takes, test: (value, args, keywords, scope) => run(value, scope, ...bind(args, keywords)) }
}

export interface FunctionDefinition {
  readonly name: string
  readonly does: string
  readonly value: Foreign
}

export function defineFunction(
  name: string,
  does: string,
  run: (args: readonly Value[], keywords: Keywords) => Value,
): FunctionDefinition {
  return { name, does, value: callable(name, run) }
}

/** Definitions by name and alias. */
export function byName<Definition extends { name: string; aliases?: readonly string[] }, Kept>(
  definitions: readonly Definition[],
  keep: (definition: Definition) => Kept,
): Map<string, Kept> {
  return new Map(definitions.flatMap(one => [one.name, ...(one.aliases ?? [])].map(name => [name, keep(one)] as const)))
}
