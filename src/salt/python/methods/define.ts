/** How the methods of a kind are written down: a name, parameters with defaults, and what it does. */
import { binder, type Parameters } from '../call.ts'
import type { Keywords, Value } from '../value.ts'

export type Method = (self: Value, args: readonly Value[], keywords: Keywords) => Value
export type Methods = ReadonlyMap<string, Method>

/** A method of values of kind `Self` whose arguments are bound to parameters. */
export function method<Self extends Value>(
  name: string,
  parameters: Parameters,
  run: (self: Self, ...args: Value[]) => Value,
): [string, Method] {
  const bind = binder(name, parameters)
  return [name, (self, args, keywords) => run(self as Self, ...bind(args, keywords))]
}

/** A method that takes its arguments as they come. */
export function freeMethod<Self extends Value>(
  name: string,
  run: (self: Self, args: readonly Value[], keywords: Keywords) => Value,
): [string, Method] {
  return [name, (self, args, keywords) => run(self as Self, args, keywords)]
}
